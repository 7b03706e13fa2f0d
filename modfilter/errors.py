"""The few kinds of error that are the user's to mend. They are shown bare; any other error is a bug."""


class ModfilterError(Exception):
    """Says what is wrong, where, and what to try."""


class InputError(ModfilterError):
    """A dump, a comment or an article that cannot be read."""


class ModelError(ModfilterError):
    """A model folder that is missing, damaged, or not what was tested."""


class PolicyError(ModfilterError):
    """A policy file that does not say what to do."""


class UsageError(ModfilterError):
    """Options that do not go together."""


class StoreError(ModfilterError):
    """A file of the server's store that cannot be opened or written."""

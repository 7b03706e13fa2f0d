"""What to do with what we know: rules in TOML, each with an action and a sentence that says why."""

import math
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from modfilter.errors import PolicyError
from modfilter.records import (
    EVIDENCE_FROM,
    SCORES,
    UNDETERMINED,
    Action,
    Assessment,
    Decision,
    LanguageMix,
    Reason,
)

_DEFAULT = resources.files("modfilter") / "default_policy.toml"

UNMEASURED_SHARE = 0.3
"""A mixed comment counts as being in an unmeasured language from this share of its words on."""

SURELY, SURE_WORDS = 0.9, 4
"""Confidence in an unmeasured language, and words, from which on the harm scores are not acted upon. Of 7,430 comments
in the measured languages 13 were taken for another with so much confidence, all of one or two words ("Mbavha!!!")."""


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fires where a score is high or low enough, or where a condition holds."""

    name: str
    action: Action
    because: str
    score: str | None = None
    at_least: float | None = None
    below: float | None = None
    when: Literal["unsupported_language", "hurried"] | None = None

    def __post_init__(self) -> None:
        if self.when is not None:
            _require(self, self.score is None, "has both a score and a condition (when)")
            return
        _require(self, self.score in SCORES, f"needs a score, one of {', '.join(SCORES)}")
        _require(
            self,
            (self.at_least is None) != (self.below is None),
            "needs either at_least or below",
        )
        threshold = self.at_least if self.at_least is not None else self.below
        _require(self, threshold is not None and 0 < threshold <= 1, "has a threshold outside (0, 1]")
        _require(self, bool(self.because.strip()), "does not say why (because)")


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes a rule for comments in a language, on a site, or in a section."""

    rule: str
    language: str | None = None
    site: str | None = None
    section: str | None = None
    action: Action | None = None
    at_least: float | None = None
    below: float | None = None

    def matches(self, assessment: Assessment) -> bool:
        """Whether the override is about such a comment: all that it names must be so."""
        comment = assessment.comment
        return (
            self.language in (None, assessment.languages.main)
            and self.site in (None, comment.site)
            and self.section in (None, comment.section)
        )


class Calibration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Corrects a score to what the moderators of a site found, for comments in a language or on a site (Platt 1999)."""

    score: str
    language: str | None = None
    site: str | None = None
    slope: float
    intercept: float

    def __post_init__(self) -> None:
        about = f"the calibration of {self.score!r}"
        if self.score not in SCORES:
            raise ValueError(f"{about} needs a score, one of {', '.join(SCORES)}")
        if not (0 < self.slope < math.inf and math.isfinite(self.intercept)):
            raise ValueError(f"{about} needs a slope above 0 and a finite intercept")

    def matches(self, assessment: Assessment) -> bool:
        """Whether the calibration is about such a comment: all that it names must be so."""
        return self.language in (None, assessment.languages.main) and self.site in (
            None,
            assessment.comment.site,
        )

    def corrected(self, value: float) -> float:
        """Give what a score of a model means here, to 4 decimals.

        >>> Calibration(score="insult", slope=1, intercept=-1).corrected(0.5)
        0.2689
        """
        return round(probability(self.slope * log_odds(value) + self.intercept), 4)


def log_odds(value: float) -> float:
    """Give the log odds of a probability; scores have 4 decimals, so 0 and 1 count as half of the last one."""
    value = min(max(value, 0.00005), 0.99995)
    return math.log(value / (1 - value))


def probability(log_odds: float) -> float:
    """Give the probability of log odds."""
    return 1 / (1 + math.exp(-log_odds)) if log_odds >= 0 else 1 - 1 / (1 + math.exp(log_odds))


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules, and what to do when a model cannot speak."""

    name: str
    version: int
    on_failure: Action = Action.HOLD
    languages: tuple[str, ...] = ()
    """The languages that readers are expected to write in (BCP 47): few words are rather taken for one of them."""
    rule: tuple[Rule, ...] = ()
    override: tuple[Override, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    """What the scores mean on this site; of several that match a comment the last one counts."""

    def __post_init__(self) -> None:
        names = [rule.name for rule in self.rule]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two rules are called {name!r}")
        for override in self.override:
            if override.rule not in names:
                raise ValueError(f"an override names rule {override.rule!r}, which does not exist")
        corrected = {"relevance", *(calibration.score for calibration in self.calibration)}
        for rule in self.rule:
            own = [_changed(rule, override) for override in self.override if override.rule == rule.name]
            for each in (rule, *own):
                # Of a corrected score a low threshold may be a high one of the model's; `_speaks` sees to the evidence.
                _require(
                    each,
                    each.at_least is None or each.score in corrected or each.at_least >= EVIDENCE_FROM,
                    f"would fire below {EVIDENCE_FROM}, where scores carry no evidence",
                )

    @property
    def title(self) -> str:
        """Name and version, as decisions carry them."""
        return f"{self.name}@{self.version}"

    def threshold(self, score: str) -> float:
        """Give the bound of the first rule about a score; raise LookupError where there is none."""
        for rule in self.rule:
            if rule.score == score:
                bound = rule.at_least if rule.at_least is not None else rule.below
                if bound is not None:
                    return bound
        raise LookupError(f"policy {self.title} has no threshold for {score!r}")

    def value(self, assessment: Assessment, score: str) -> float | None:
        """Give what a score means on this site, None where it was not judged. The assessment keeps the model's own."""
        known = assessment.value(score)
        if known is None:
            return None
        for calibration in reversed(self.calibration):
            if calibration.score == score and calibration.matches(assessment):
                return calibration.corrected(known)
        return known


def load(path: Path | None = None) -> Policy:
    """Read a policy, the default one without a path; raise PolicyError that says which rule is wrong."""
    return parse(read(path), str(path or _DEFAULT))


def read(path: Path | None = None) -> str:
    """Give the text of a policy file, of the default one without a path; raise PolicyError where there is none."""
    source = path or _DEFAULT
    try:
        return source.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PolicyError(f"{source} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{source} cannot be read: {error}") from error


def parse(text: str, source: str) -> Policy:
    """Make a policy of TOML; raise PolicyError that says which rule is wrong. `source` is what its user calls it."""
    try:
        return msgspec.convert(tomllib.loads(text), Policy)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source}: not TOML: {error}") from error
    except (msgspec.ValidationError, ValueError) as error:
        raise PolicyError(
            f"{source}: {error}\n"
            "A rule has name, score, at_least or below, action and because; see docs/policy.md."
        ) from error


def decide(assessment: Assessment, policy: Policy, measured: frozenset[str]) -> Decision:
    """Apply every rule; the strictest that fires wins. `measured`: languages of known quality."""
    reasons = tuple(
        reason
        for rule in policy.rule
        for reason in [_fire(_overridden(rule, policy.override, assessment), assessment, policy, measured)]
        if reason is not None
    )
    if assessment.failure is not None:
        reasons += (
            Reason(
                rule="on-failure",
                action=policy.on_failure,
                when="failure",
                because=f"Could not be judged: {assessment.failure}.",
            ),
        )
    action = max((reason.action for reason in reasons), key=lambda a: a.strictness, default=Action.PUBLISH)
    return Decision(assessment=assessment, action=action, reasons=reasons, policy=policy.title)


def margin(
    assessment: Assessment, policy: Policy, measured: frozenset[str], action: Action = Action.HOLD
) -> float:
    """Say by how many log odds a comment passes the nearest rule that holds it (or does what is as strict as `action`).

    Below 0 no such rule fires. It is infinite where no threshold could change that: a comment that no model could
    judge is held, and a harm score without evidence holds nothing.
    """
    if assessment.failure is not None and policy.on_failure.strictness >= action.strictness:
        return math.inf
    best = -math.inf
    for written in policy.rule:
        rule = _overridden(written, policy.override, assessment)
        if rule.action.strictness < action.strictness:
            continue
        if rule.when is not None:
            if _holds(rule, assessment, measured):
                return math.inf
            continue
        value = _speaks(rule, assessment, policy, measured)
        if value is not None and rule.at_least is not None:
            best = max(best, log_odds(value) - log_odds(rule.at_least))
        elif value is not None and rule.below is not None:
            best = max(best, log_odds(rule.below) - log_odds(value) - _AT_THE_BOUND)
    return best


_AT_THE_BOUND = 1e-9
"""A value at the bound of a `below` does not make the rule fire."""


def _fire(rule: Rule, assessment: Assessment, policy: Policy, measured: frozenset[str]) -> Reason | None:
    if rule.when is not None:
        if not _holds(rule, assessment, measured):
            return None
        return Reason(rule=rule.name, action=rule.action, when=rule.when, because=rule.because)
    value = _speaks(rule, assessment, policy, measured)
    if value is None:
        return None
    high = rule.at_least is not None and value >= rule.at_least
    low = rule.below is not None and value < rule.below
    if not (high or low):
        return None
    return Reason(
        rule=rule.name,
        action=rule.action,
        score=rule.score,
        value=value,
        at_least=rule.at_least,
        below=rule.below,
        because=rule.because,
    )


def _speaks(rule: Rule, assessment: Assessment, policy: Policy, measured: frozenset[str]) -> float | None:
    """Give the value that a rule goes by, None where it has nothing to go by."""
    name = rule.score or ""
    known = assessment.value(name)
    if known is None:
        return None
    if name != "relevance" and (
        # A calibration may raise a score over a threshold that carries no evidence: nobody could say why.
        (rule.at_least is not None and known < EVIDENCE_FROM) or _foreign(assessment, measured)
    ):
        return None
    return policy.value(assessment, name) if policy.calibration else known


def _holds(rule: Rule, assessment: Assessment, measured: frozenset[str]) -> bool:
    """Whether the condition of a rule that is not about a score holds."""
    if rule.when == "hurried":
        return assessment.hurried
    return _unmeasured(assessment.languages, measured)


def _unmeasured(languages: LanguageMix, measured: frozenset[str]) -> bool:
    return any(
        language not in measured and share >= UNMEASURED_SHARE
        for language, share in languages.mix.items()
        if language != UNDETERMINED
    )


def _foreign(assessment: Assessment, measured: frozenset[str]) -> bool:
    """Whether a comment is surely in a language in which the scores were never measured: there they mean nothing."""
    languages = assessment.languages
    return (
        bool(languages.mix)
        and not measured & languages.mix.keys()
        and languages.confidence >= SURELY
        and len(assessment.comment.text.split()) >= SURE_WORDS
    )


def _overridden(rule: Rule, overrides: Sequence[Override], assessment: Assessment) -> Rule:
    for override in overrides:
        if override.rule == rule.name and override.matches(assessment):
            rule = _changed(rule, override)
    return rule


def _changed(rule: Rule, override: Override) -> Rule:
    changes: dict[str, Any] = {
        key: getattr(override, key)
        for key in ("action", "at_least", "below")
        if getattr(override, key) is not None
    }
    return msgspec.structs.replace(rule, **changes)


def _require(rule: Rule, holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(f"rule {rule.name!r} {otherwise}")

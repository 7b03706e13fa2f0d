"""The hook over HTTP: comment systems ask in their own protocols, before a comment is published."""

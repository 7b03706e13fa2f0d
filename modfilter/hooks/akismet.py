"""Akismet's `comment-check`, `submit-spam`, `submit-ham` and `verify-key`: https://akismet.com/developers/.

Akismet knows spam and ham only. WordPress puts a comment whose check was answered with neither into the queue of a
person, and a spam one into a folder that nobody reads; so what is held, and is not spam, is answered with an error on
purpose.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

import msgspec

from modfilter.errors import InputError
from modfilter.hooks.message import Asked, Reply
from modfilter.readers.markup import plain
from modfilter.records import Action, Comment, Decision

THANKS = "Thanks for making the web a better place."
_TEST_AUTHOR, _TEST_EMAIL = "viagra-test-123", "akismet-guaranteed-spam@example.com"


def verify(valid: bool) -> Reply:
    """Answer whether a key is one of ours."""
    return _plain("valid" if valid else "invalid")


def read_check(form: Mapping[str, str]) -> Asked:
    """Read a comment to check; raise InputError that says what is missing."""
    if not form.get("blog"):
        raise InputError('Empty "blog" value')
    text = plain(form.get("comment_content", ""))
    created = form.get("comment_date_gmt")
    article = form.get("comment_post_ID") or None
    id = form.get("comment_ID") or identity(form)
    return Asked(
        comments=(
            Comment(
                id=id,
                text=text,
                article_id=article,
                parent_id=form.get("comment_parent")
                if form.get("comment_parent") not in (None, "", "0", id)
                else None,
                author=form.get("comment_author") or None,
                permalink=form.get("permalink") or None,
                extra={"comment_date_gmt": created} if created else {},
            ),
        ),
        article_id=article,
        article_url=form.get("permalink") or None,
    )


def is_test_spam(form: Mapping[str, str]) -> bool:
    """Whether this is the comment that Akismet promises to call spam, for testing a connection."""
    return form.get("comment_author") == _TEST_AUTHOR or form.get("comment_author_email") == _TEST_EMAIL


def identity(form: Mapping[str, str]) -> str:
    """Make an id: a comment that is checked has none yet, and the same one must be found when it is submitted."""
    parts = [form.get(key, "") for key in ("comment_author", "comment_content", "permalink")]
    return f"akismet-{sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"


def write_answer(decision: Decision) -> Reply:
    """Answer spam where spam alone is why it is not published; held for a person where anything else is."""
    return told(
        decision.action, {reason.score for reason in decision.reasons if reason.action is decision.action}
    )


def told(action: Action, scores: set[str | None]) -> Reply:
    """Answer with an action, given the scores that led to it."""
    if action in (Action.PUBLISH, Action.FLAG):
        return _plain("false")
    if scores == {"spam"}:
        return _plain("true")
    if action is Action.REJECT:
        return msgspec.structs.replace(_plain("true"), headers={"X-akismet-pro-tip": "discard"})
    return held("held for a person to decide")


def held(why: str) -> Reply:
    """Answer with neither true nor false."""
    return Reply(
        body=b"error", media_type="text/plain; charset=utf-8", headers={"X-akismet-error": _header(why)}
    )


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A person's verdict on a comment."""

    submitted: Literal["ham", "spam"]
    comment_id: str
    form: Mapping[str, str]


def read_submission(form: Mapping[str, str], submitted: Literal["ham", "spam"]) -> Submission:
    """Read a verdict; raise InputError that says what is missing."""
    if not form.get("blog"):
        raise InputError('Empty "blog" value')
    kept = {key: value for key, value in form.items() if key != "api_key"}
    return Submission(submitted=submitted, comment_id=form.get("comment_ID") or identity(form), form=kept)


def thank() -> Reply:
    """Say what Akismet says."""
    return _plain(THANKS)


def refuse_key() -> Reply:
    """Answer a wrong key: WordPress then keeps the comment for a person."""
    return msgspec.structs.replace(_plain("invalid"), headers={"X-akismet-debug-help": "unknown api_key"})


def refuse(error: str) -> Reply:
    """Answer a message that cannot be read."""
    return msgspec.structs.replace(held(error), headers={"X-akismet-debug-help": _header(error)})


def _plain(body: str) -> Reply:
    return Reply(body=body.encode(), media_type="text/plain; charset=utf-8")


def _header(text: str) -> str:
    """Give a text as a header may hold it."""
    return " ".join(text.split()).encode("ascii", "replace").decode()

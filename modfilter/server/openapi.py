"""The server's own endpoints in OpenAPI 3.1; the other protocols are documented where they come from."""

from typing import Any

import msgspec

from modfilter.contract import VERSION, Record

_REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """Give the whole document."""
    _, records = msgspec.json.schema_components([Record], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "modfilter",
            "version": VERSION,
            "description": "Decides on a comment before it is published.",
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**records, **_SCHEMAS},
        },
        "paths": {
            "/v1/moderate": {
                "post": {
                    "summary": "Decide on a comment, or on several under one article.",
                    "security": [{"token": []}],
                    "requestBody": _body({"oneOf": [_ref("Comment"), _ref("Comments")]}),
                    "responses": {
                        "200": _json(
                            "The record of the comment; of several their records, in their order.",
                            {"oneOf": [_ref("Record"), _ref("Records")]},
                        ),
                        **_ERRORS,
                    },
                }
            },
            "/v1/articles/{id}": {
                "put": {
                    "summary": "Keep an article, to be named by its id or found by its address.",
                    "security": [{"token": []}],
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"},
                        }
                    ],
                    "requestBody": _body(_ref("Article")),
                    "responses": {"204": {"description": "Kept."}, **_ERRORS},
                }
            },
            "/healthz": {
                "get": {"summary": "Whether the server runs.", "responses": {"200": _json("It does.", {})}}
            },
            "/readyz": {
                "get": {
                    "summary": "Whether it can judge and log.",
                    "responses": {"200": _json("It can.", {}), "503": _json("It cannot, and why.", {})},
                }
            },
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(name=name)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _object(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


_TEXT = {"type": "string"}
_ID = {"type": ["string", "integer"], "minLength": 1}
_OPTIONAL = {"type": ["string", "null"]}
_DEADLINE = {
    "type": "integer",
    "minimum": 1,
    "maximum": 60_000,
    "description": "Milliseconds in which the answer is wanted.",
}
_COMMENT = {
    "id": _ID,
    "text": _TEXT,
    **dict.fromkeys(("parent_id", "author", "created_at", "permalink", "site", "section"), _OPTIONAL),
}
_SCHEMAS: dict[str, Any] = {
    "Article": _object(
        ["title"], {"title": {"type": "string", "pattern": r"\S"}, "body": _TEXT, "url": _OPTIONAL}
    ),
    "ArticleInline": _object(
        ["title"], {"id": _ID, "title": {"type": "string", "pattern": r"\S"}, "body": _TEXT, "url": _OPTIONAL}
    ),
    "Above": _object(["id", "text"], {"id": _ID, "text": _TEXT, "parent_id": _OPTIONAL}),
    "Comment": _object(
        ["id", "text"],
        {
            **_COMMENT,
            "article": _ref("ArticleInline"),
            "article_id": {**_OPTIONAL, "description": "Of an article that was put before."},
            "above": {"type": "array", "items": _ref("Above"), "description": "What the comment answers."},
            "deadline_ms": _DEADLINE,
        },
    ),
    "Comments": _object(
        ["comments"],
        {
            "comments": {"type": "array", "items": _object(["id", "text"], _COMMENT)},
            "article": _ref("ArticleInline"),
            "article_id": _OPTIONAL,
            "above": {"type": "array", "items": _ref("Above")},
            "deadline_ms": _DEADLINE,
        },
    ),
    "Records": _object(["records"], {"records": {"type": "array", "items": _ref("Record")}}),
    "Error": _object(["error"], {"error": _TEXT}),
}
_ERRORS = {
    "401": _json("The token is not known.", _ref("Error")),
    "408": _json("The message came too slowly.", _ref("Error")),
    "413": _json("The message is too long.", _ref("Error")),
    "415": _json("The message is packed.", _ref("Error")),
    "422": _json("The message cannot be read; the error says what is wrong with it.", _ref("Error")),
    "429": _json("The token has asked too often.", _ref("Error")),
    "503": _json("Try again: the store is not available.", _ref("Error")),
}

"""/docs: the OpenAPI description as one plain page. FastAPI's own page loads from a CDN, this does not."""

from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
section{border-top:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:.5rem 0 1rem}
h2{font-size:1.1rem}code,.method{font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td{padding:.2rem .8rem .2rem 0;vertical-align:top}
td:first-child{white-space:nowrap}
""".strip()

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def page(description: dict[str, Any]) -> str:
    """HTML that lists every operation with its form fields and answers."""
    info = description["info"]
    sections = [
        _operation(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(info["title"])} API</title>'
        f"<style>{_STYLE}</style><h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
        f"<p>{escape(info.get('description', ''))}</p>"
        f'<p>The complete, machine-readable description: <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(sections)}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    fields = [
        (name, field.get("description", "") + _default(field))
        for content in body.values()
        for name, field in content["schema"].get("properties", {}).items()
    ]
    answers = [
        (status, answer["description"] + _codes(answer)) for status, answer in sorted(operation["responses"].items())
    ]
    return (
        f'<section><h2><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code></h2>'
        f"<p>{escape(operation.get('summary', ''))}. {escape(operation.get('description', ''))}</p>"
        f"{_table('Form fields', fields)}{_table('Answers', answers)}</section>"
    )


def _default(field: dict[str, Any]) -> str:
    return f" Default: {field['default']}." if field.get("default") is not None else ""


def _codes(answer: dict[str, Any]) -> str:
    codes = [code for content in answer.get("content", {}).values() for code in content.get("examples", {})]
    return f" ({', '.join(codes)})" if codes else ""


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<tr><td><code>{escape(str(a))}</code></td><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<h3>{title}</h3><table>{cells}</table>"

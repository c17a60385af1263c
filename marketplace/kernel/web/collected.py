"""Find what Python says to people, for the catalogues (``make messages``).

Pure layers cannot mark their sentences for Django, and a sentence with facts is an f-string that no
tool for gettext reads. So the sentences of the packages below are found in the source: "Between 1
and {longest} days." becomes "Between 1 and %(longest)s days.", which
`marketplace.kernel.web.said` knows again in a text.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SPEAKING = (
    "marketplace/kernel/errors.py",
    "marketplace/connectors/checking.py",
    "marketplace/kernel/problem.py",
    "marketplace/kernel/identity/actions.py",
    "marketplace/kernel/identity/passkey_actions.py",
    "marketplace/kernel/identity/passkeys.py",
    "marketplace/kernel/identity/tokens.py",
    "marketplace/kernel/identity/permissions.py",
    "marketplace/portal",
    "governance/policies/base.py",
    "governance/policies/pack.py",
    "governance/policies/rules.py",
    "governance/scoring",
    "governance/actions",
    "governance/queries",
    "catalog/actions",
    "catalog/blueprints/archives.py",
    "catalog/blueprints/imports.py",
    "catalog/blueprints/sources.py",
    "catalog/compatibility",
    "catalog/models",
    "catalog/queries",
    "subscriptions/actions",
    "subscriptions/handlers",
    "subscriptions/models",
    "subscriptions/queries",
)
"""Where people are spoken to, below the root of the source: modules, and packages as a whole."""
FILES = ("subscriptions/*.py", "catalog/*.py", "governance/*.py")
"""Further modules, those of a package itself."""
PACKAGES = ("marketplace", "catalog", "governance", "subscriptions")
"""Where refusals are; each has a page of its own."""
_OF_RULES = ("title", "description", "sentence", "why")
PACKS = "governance/policies/packs/*.json"
LABELLING = re.compile(
    r"^marketplace/portal/|/models/|(kinds|states)\.py$|/(considering|tokens)\.py$"
)
"""Modules that name things by a single word."""
SILENT = re.compile(
    r"portal/(style\w*|health|form_code|show_as|lab_files|well_known)\.py$"
    r"|/(admin|apps|api|permissions|urls|events|secrets|types)\.py$|/migrations/"
)
"""Modules whose words are examples, code or figures for machines."""
_CALLS = {
    *("getLogger", "get_logger", "compile", "extend_schema", "info", "warning", "exception"),
    *("error", "debug", "execute", "SQL", "RawSQL", "gettext", "gettext_lazy", "gettext_noop"),
    *("pgettext", "pgettext_lazy", "ngettext", "CheckConstraint", "UniqueConstraint", "Index"),
    *("ValueError", "TypeError", "RuntimeError", "ImproperlyConfigured", "AssertionError"),
    *("cast", "TypeVar", "getattr", "setattr", "hasattr", "strptime", "strftime", "split"),
}
"""Calls that say nothing to people, or mark their texts themselves."""
_KEYWORDS = {"verbose_name", "name", "related_name", "permission", "db_comment"}
"""Arguments that hold names."""
_ROWS = {"__str__", "__repr__"}
"""Functions that speak to developers."""
_CODE = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|GRANT|REVOKE|ALTER|WITH|FROM|WHERE|SET|AND|SHOW|DROP"
    r"|LEFT|JOIN|ORDER|GROUP|CASE|WHEN|NOT EXISTS|COALESCE|NULL)\b"
    r"|.*(ANY\(|::|@@|%%s|json_|ARRAY|AND \w+\.\w|IN \(|==|\{PostgreSQL|Connect > |\(NULL|AS f_"
    r"|- name:|timestamp with|time without|character varying|double precision|=\"|charset="
    r"|max-age|private, no|import |psql \"|curl |IS NULL|IS NOT NULL|CALNAME|description: \""
    r"|^(schema|database): |^(env|file|vault):|next_at$|moved\\n|event: moved)",
    re.DOTALL,
)
_TEXT = re.compile(r"[A-Za-z]+[,;:]? [a-zA-Z(“&]|^\d+ [a-z]{3,}")
_FORMATTED = re.compile(r"\{(\w+)\}")  # a fact of str.format
_WORD = re.compile(r"[A-Z][a-z]{2,}('s)?")
_TERM = re.compile(r"[a-z]{3,}(-[a-z]+)*")  # names of points and properties


def spoken(root: Path) -> set[str]:
    """Give the texts that Python says, with ``%(name)s`` where a fact stands."""
    found: set[str] = set()
    for path in _modules(root):
        words = LABELLING.search(path.relative_to(root).as_posix()) is not None
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "models" in path.parts:  # the help of their fields is for developers
            tree = _WithoutHelp().visit(tree)
        texts = set(_texts(tree))
        found |= {text for text in texts if _is_said(text, words=words)}
        if "scoring" in path.parts:
            found |= set(_terms(tree))
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            found |= set(_refusals(ast.parse(path.read_text(encoding="utf-8"))))
    for pack in sorted(root.glob(PACKS)):
        found |= _of_pack(json.loads(pack.read_text(encoding="utf-8")))
    return found


def _terms(tree: ast.Module) -> Iterator[str]:
    """Give the names of points: single words that a score is called with."""
    for node in ast.walk(tree):
        for one in node.args if isinstance(node, ast.Call) else ():
            text = one.value if isinstance(one, ast.Constant) else None
            if isinstance(text, str) and _TERM.fullmatch(text):
                yield text


def _refusals(tree: ast.Module) -> Iterator[str]:
    """Give the title of each refusal, and what its page says of it: its docstring."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        own = {
            one.targets[0].id: one.value.value
            for one in node.body
            if isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and isinstance(one.value, ast.Constant)
        }
        if "code" in own and "title" in own:
            yield str(own["title"])
            yield (
                (ast.get_docstring(node) or "")
                .partition("\n\n")[0]
                .replace("\n", " ")
                .replace("``", "")
            )


def _of_pack(pack: Any) -> set[str]:
    """Give the titles and reasons of the policies that come with the marketplace."""
    if isinstance(pack, list):
        return set[str]().union(*map(_of_pack, pack))
    if not isinstance(pack, dict):
        return set()
    own = {str(pack[key]) for key in _OF_RULES if key in pack}
    below = set[str]().union(*map(_of_pack, pack.values()))
    return {_FORMATTED.sub(r"%(\1)s", text) for text in own} | below


def _modules(root: Path) -> list[Path]:
    found: set[Path] = set()
    for one in SPEAKING:
        path = root / one
        found |= set(path.rglob("*.py")) if path.is_dir() else {path}
    for pattern in FILES:
        found |= set(root.glob(pattern))
    return sorted(
        path
        for path in found
        if path.exists() and not SILENT.search(path.relative_to(root).as_posix())
    )


def _is_said(text: str, *, words: bool) -> bool:
    plain = re.sub(r"%\(\w+\)s", "\N{WHITE SQUARE}", text)
    if _CODE.match(plain) or "</" in plain or plain.startswith(("<", "--")):
        return False
    if not re.search(r"[a-z]{3}", plain):
        return False
    return bool(_TEXT.search(plain) or _sentence(plain) or (words and _WORD.fullmatch(plain)))


def _sentence(plain: str) -> bool:
    """Tell whether words stand around a fact, so that only the fact is somebody else's."""
    squares = plain.count("\N{WHITE SQUARE}")
    return bool(squares) and bool(re.search(r"[A-Za-z]{3,}", plain)) and " " in plain.strip()


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts below a node: no docstrings, no keys, nothing that is only compared."""
    for child in _spoken_children(node):
        text = _pattern(child)
        if text is None:
            yield from _texts(child)
        else:
            yield text.strip()
            if isinstance(child, ast.JoinedStr):
                for value in child.values:
                    yield from _texts(value)


def _spoken_children(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare | ast.Subscript):
        return
    if isinstance(node, ast.Dict):
        yield from node.values
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword) and child.arg in _KEYWORDS:
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and _name(child.func) in _CALLS:
            continue
        if isinstance(child, ast.FunctionDef) and child.name in _ROWS:
            continue
        yield child


class _WithoutHelp(ast.NodeTransformer):
    """Take `help_text` away from the calls of a module."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Leave the other arguments of a call."""
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if one.arg != "help_text"]
        return node


def _name(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def _pattern(node: ast.AST) -> str | None:
    """Give a text as the catalogue writes it; None for what is no text."""
    if isinstance(node, ast.Constant):
        return _FORMATTED.sub(r"%(\1)s", node.value) if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    used: dict[str, str] = {}
    said = ""
    for value in node.values:
        if isinstance(value, ast.Constant):
            said += str(value.value).replace("%", "%%")
        elif isinstance(value, ast.FormattedValue):
            said += f"%({_fact(value.value, used)})s"
    return said


def _fact(node: ast.expr, used: dict[str, str]) -> str:
    """Name a fact by the last word of its expression; another fact of that name is numbered."""
    whole = ast.unparse(node)
    names = [name for one in ast.walk(node) if (name := _name(one))]
    base = names[0] if names else "fact"
    name, number = base, 2
    while used.get(name, whole) != whole:
        name, number = f"{base}{number}", number + 1
    used[name] = whole
    return name

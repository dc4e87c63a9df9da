import ast
from pathlib import Path

import affectreason
from affectreason.corpus.finding import KINDS, Finding, accepted, shown, where


def kinds_in_source():
    """The names given to Finding and Fault by the checks, those put together of parts left out."""
    for path in Path(affectreason.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ("Finding", "Fault"):
                levels = [ast.unparse(arg) for arg in node.args[:1]]
                if levels and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                    yield node.args[1].value


def test_every_finding_can_be_accepted_by_its_name():
    found = set(kinds_in_source())
    assert len(found) > 40
    assert found - KINDS == set()


def test_every_name_is_in_use():
    texts = [
        path.read_text(encoding="utf-8")
        for path in Path(affectreason.__file__).parent.rglob("*.py")
        if path.name != "finding.py"
    ]
    made_of_parts = {kind for kind in KINDS if kind.endswith(("_sizes", "_in_two_splits", "_in_splits_of_one_use"))}
    assert {kind for kind in KINDS - made_of_parts if not any(f'"{kind}"' in text for text in texts)} == set()


def test_ids_are_escaped_and_cut():
    assert where("\x1b[2J" + "a" * 100, "f\n", 3, "b\u2028") == f"\\x1b[2J{'a' * 70}... (f\\n:3): b\\u2028"
    assert shown("\ud800 \x9b 愤怒\xa0é\n\t", keep="\n") == "\\ud800 \\x9b 愤怒\xa0é\n\\t"
    assert shown("a" * 80, 80) == "a" * 80


def test_an_accepted_finding_is_a_note():
    one = Finding("error", "film_in_two_splits", 2, "2 films", ("a",), "split by film")
    assert accepted(one, ["film_in_two_splits"]) == Finding("note", one.kind, 2, "2 films (accepted)", ("a",))
    assert accepted(one, ["silver_test"]) is one

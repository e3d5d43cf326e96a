"""Files that people write are read strictly: what could mean two things is refused in one sentence."""

from pathlib import Path

import pytest

from devhost.errors import StartError
from devhost.yaml_file import read_yaml as read_for_the_host
from policy.command.errors import InputError
from policy.command.yaml_file import read_yaml


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.yaml", b"a: 1\na: 2\n", "key `a` stands twice in line 1"),
        ("a.yaml", b"a:\n- {b: 1, b: 1}\n", "key `b` stands twice in line 2"),
        ("a.yaml", b"a: [1\nb: 2\n", "in line 2"),
        ("a.yaml", b"? [1, 2]\n: 3\n", "found unhashable key in line 1"),
        ("a.yaml", b"when: 2026-02-30\n", "day is out of range"),
        ("a.yaml", b"a: \xff\n", "can't decode byte"),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "in line 2"),
        ("a.yaml", b"a: !!python/object:os.system {}\n", "could not determine a constructor"),
        ("a.yaml", b"a: 1\nb: !!pairs [c: 1]\n", "tag `!!pairs` is not for files like this"),
        ("a.yaml", b"a: !!omap [b: 1]\n", "tag `!!omap` is not for files like this"),
        ("a.yaml", b"a: !!set {b, c}\n", "tag `!!set` is not for files like this"),
        ("a.yaml", b"a: !!binary aGk=\n", "write text, numbers, lists and fields in line 1"),
        ("a.yaml", b'"\\e[2J": 1\n"\\e[2J": 2\n', r"key `\x1b[2J` stands twice"),
        ("a.yaml", b"? 0x%b\n: 1\n" % (b"f" * 5000) * 2, "key `a number of many digits` stands twice"),
        ("a.json", b'{"\\n": 1, "\\n": 2}', r"key `\n` stands twice"),
        ("a.yaml", b"[" * 500, "nested too deeply"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json", b'{"a": 1, "a": 2}', "key `a` stands twice"),
        ("a.json", b"a: 1", "Expecting value"),
        ("none.yaml", None, "No such file"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_name_and_reason(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    for read, error in ((read_yaml, InputError), (read_for_the_host, StartError)):
        with pytest.raises(error) as refused:
            read(file, "policy file")
        assert str(refused.value).startswith(f"policy file `{name}` cannot be read: ")
        assert told in str(refused.value) and "\n" not in str(refused.value)


def test_json_may_be_indented_with_tabs_and_yaml_may_be_json(tmp_path: Path) -> None:
    for name in ("a.json", "b.yaml"):
        (tmp_path / name).write_text('{"a": [1, true, "x"]}', encoding="utf-8")
        assert read_yaml(tmp_path / name, "file") == {"a": [1, True, "x"]}
    (tmp_path / "c.json").write_text('{\n\t"a": "\\ud83d\\ude00"\n}', encoding="utf-8")
    assert read_yaml(tmp_path / "c.json", "file") == {"a": "\U0001f600"}

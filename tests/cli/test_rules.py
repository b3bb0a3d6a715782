# SPDX-License-Identifier: ISC
"""tests/floors and tests/style find what they are there to find."""
import os
import re
import shutil
import subprocess

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEAD = '/* SPDX-License-Identifier: ISC */\n#include "config.h"\n'
GUARD = "/* SPDX-License-Identifier: ISC */\n#ifndef %s\n#define %s\n#endif\n"


@pytest.fixture
def house(tmp_path):
    """A house with one good header on each of five floors."""
    for room in ("base", "io", "mail", "conf", "smtp", "cmd"):
        guard = room.upper() + "_A_H"
        (tmp_path / "src" / room).mkdir(parents=True)
        (tmp_path / "src" / room / "a.h").write_text(GUARD % (guard, guard))
    (tmp_path / "tests").mkdir()
    (tmp_path / "po").mkdir()
    (tmp_path / "po/POTFILES.in").write_text("src/mail/c.c\n")
    return tmp_path


def rule(house, name):
    shutil.copy(os.path.join(TESTS, name), house / "tests")
    done = subprocess.run([house / "tests" / name], capture_output=True,
                          text=True, timeout=60)
    assert done.stderr == ""
    assert bool(done.stdout) == bool(done.returncode)
    return done.stdout


@pytest.mark.parametrize("include, said", (
    ('"base/a.h"', ""), ('"mail/a.h"', ""), ("<stdio.h>", ""),
    ('"conf/a.h"', "neighbours"), ('"smtp/a.h"', "reaches up"),
    ('"cmd/a.h"', "reaches up"), ('"a.h"', "floor is missing"),
    ('"base/b.h"', "no such header"), ("<base/a.h>", "in <>")))
def test_floors(house, include, said):
    (house / "src/mail/b.c").write_text(
        HEAD + "\n#include %s\n" % include)
    out = rule(house, "floors")
    assert out.startswith("src/mail/b.c:4: ") if said else out == ""
    assert said in out


@pytest.mark.parametrize("text, said", (
    (HEAD + '#include "mail/b.h"\n/* strcpy(x) */ char *s = "atoi(";\n', ""),
    ("int x;\n", "mail/b.c:1: "),
    (HEAD + "strcpy(a, b);\n", "mail/b.c:3: strcpy() is forbidden"),
    (HEAD + "x = atoi (b);\n", "mail/b.c:3: atoi() is forbidden"),
    (HEAD + "/* TO" "DO: more */\n", "mail/b.c:3: unfinished"),
    (HEAD + "int x; \n", "mail/b.c:3: blanks"),
    (HEAD + "#include <stdio.h>\n" + '#include "mail/b.h"\n',
     "mail/b.c:4: the file's own header"),
    (HEAD.replace("config", "other"), "mail/b.c:2: config.h"),
    (HEAD + "int\nf(void)\n{\n" + "\tg();\n" * 79 + "}\n",
     "mail/b.c:5: function of 81 lines"),
    (HEAD + "int\nf(void)\n{\n" + "\tg();\n" * 78 + "}\n", ""),
    (HEAD + "int x;\n" * 399, "mail/b.c:401: 401 lines"),
    (HEAD + 'char *s = N_("x");\n', "mail/b.c:3: not among the files of po/"),
    (HEAD + "int x;\n" * 398, "")))
def test_style(house, text, said):
    (house / "src/mail/b.h").write_text(
        GUARD % ("MAIL_B_H", "MAIL_B_H"))
    (house / "src/mail/b.c").write_text(text)
    out = rule(house, "style")
    assert said in out if said else out == ""


def test_style_guard(house):
    (house / "src/mail/b.h").write_text(GUARD % ("B_H", "B_H"))
    assert "src/mail/b.h:2: the header guard" in rule(house, "style")


def test_style_script(house):
    (house / "tests/x.py").write_text("print(1)\n")
    assert "tests/x.py:1: no SPDX" in rule(house, "style")


# --- the papers' rows ------------------------------------------------------------

ROWS = {"ST": range(1, 18), "SA": range(1, 22), "TV": range(1, 41),
        "CR": (*range(1, 8), *range(10, 15), *range(20, 25))}


def names():
    """What tests are called: sessions, functions, rows of a table."""
    for folder, _, files in os.walk(TESTS):
        for name in files:
            if name.endswith(".session"):
                yield name
            elif name.startswith("test_") and name.endswith((".py", ".c")):
                with open(os.path.join(folder, name)) as f:
                    yield from re.findall(
                        r"^(?:def )?(test_\w+)\(|\"((?:TV|TA)-\d\d[\w-]*)",
                        f.read(), re.M)


@pytest.mark.parametrize("letters", ROWS)
def test_rows_have_tests(letters):
    """Each case of an attack is played by a test of its name."""
    found = set()
    for name in names():
        name = name if isinstance(name, str) else "".join(name)
        for numbers in re.findall(
                letters + r"((?:[-_]\d\d)+)(?![0-9])", name, re.I):
            found |= set(map(int, re.findall(r"\d\d", numbers)))
    assert not set(ROWS[letters]) - found

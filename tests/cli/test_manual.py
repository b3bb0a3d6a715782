# SPDX-License-Identifier: ISC
"""What the manuals, the README and the example file tell to write is right;
--help and postrider.1 know the same options."""
import os
import re
import textwrap

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


def configurations():
    """(where, text) of every account that somebody might copy."""
    for page in ("doc/postrider.1", "doc/msmtprc.5"):
        text = read(page).replace(r"\e", "\\")
        for block in re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed", text):
            if re.match(r"account |defaults$", block.split("\n")[0]):
                yield page, block
    for block in re.findall(r"(?m)(?:^    .*\n|^\n)+", read("README")):
        block = textwrap.dedent(block.strip("\n"))
        if re.match(r"account |defaults$", block.split("\n")[0]):
            yield "README", block + "\n"
    yield "msmtprc.example", read("msmtprc.example")


def test_there_are_examples():
    assert {"doc/postrider.1", "doc/msmtprc.5", "README",
            "msmtprc.example"} == {where for where, _ in configurations()}


@pytest.mark.parametrize("where, text", configurations(),
                         ids=lambda value: value.split("\n")[0])
def test_examples(home, run, where, text):
    home.file(".msmtprc", text)
    for option in ("-P", "--check"):
        done = run([option])
        assert done.code == 0 and not done.err, (where, text, done)


def test_help_and_manual(run):
    page = read("doc/postrider.1")
    heads = "\n".join(re.findall(r"(?m)^\.It (.*)$", page))
    in_manual = set(re.findall(r"\bFl -([a-z][a-z0-9-]*)", heads))
    done = run(["--help"])
    in_help = set(re.findall(r"(?m)^(?:  -\S,|     ) --([a-z0-9-]+)",
                             done.out))
    assert in_help == in_manual
    assert set(re.findall(r"(?m)^  -(\S), --", done.out)) <= \
        set(re.findall(r"\bFl ([a-zA-Z0-9])\b", heads))

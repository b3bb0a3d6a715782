# SPDX-License-Identifier: ISC
"""Completions in real shells, the syntax in a real Vim, the links of
install-sendmail.  All of them are made in the build beside the program."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

RC = ("# account commented", "defaults", "password Kanary-Zq",
      "account work", "  account\thome : work", 'account "quoted"',
      "passwordeval touch ran", "eval touch ran")
ACCOUNTS = {"work", "home", "quoted"}


@pytest.fixture(scope="session")
def build(program):
    path = os.path.dirname(program)
    assert os.path.exists(os.path.join(path, "contrib", "bash", "postrider")), \
        "%s is no build: make all" % path
    return path


def tool(name):
    path = shutil.which(name)
    if not path:
        pytest.fail("there is no %s; ./check installs it" % name)
    return path


def long_options(program, environment):
    text = subprocess.run([program, "--help"], env=environment, text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    found = set(re.findall(r"(?m)^(?:  -\w,|     ) (--[a-z0-9-]+)", text))
    assert len(found) > 60
    return found


# --- bash ---------------------------------------------------------------------

@pytest.fixture
def bash(build, home, environment):
    """bash(words of the line..., cut=...) -> the completions of the last"""
    def complete(*words, cut=True):
        if cut:  # as bash does it with = among COMP_WORDBREAKS
            words = [w for word in words for w in re.split("(=)", word)
                     if w or word == ""]
        script = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _postrider
        ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(
            [tool("bash"), "--norc", "-uc", script, "-",
             os.path.join(build, "contrib/bash/postrider"), "postrider",
             *words], env=environment, cwd=home.path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert not done.returncode and not done.stderr, done
        return done.stdout.split("\n")[:-1]
    return complete


def test_bash_options(bash, program, environment):
    found = bash("--")
    assert {f.rstrip("=") for f in found} == long_options(program, environment)
    assert "--tls=" in found and "--help" in found
    assert bash("--tls-cert") == ["--tls-certcheck=", "--tls-cert-file="] or \
        set(bash("--tls-cert")) == {"--tls-certcheck=", "--tls-cert-file="}
    assert "-a" in bash("-") and bash("x") == []
    assert bash("--", "--") == []  # behind it are recipients


@pytest.mark.parametrize("words, found", (
    (["--tls="], {"on", "off"}), (["--tls=o"], {"on", "off"}),
    (["--queue", "on"], {"on-failure"}),
    (["--family", "ip"], {"ipv4", "ipv6"}), (["--tls", ""], set()),
    (["--syslog=LOG_M"], {"LOG_MAIL"}), (["-N", "n"], {"never"}),
    (["--auth=scram-sha-2"], {"scram-sha-256", "scram-sha-256-plus"}),
    (["--dry-run=8"], {"8BITMIME"}), (["--host", ""], set())))
def test_bash_values(bash, words, found):
    assert set(bash(*words)) == found
    prefix = words[0].partition("=")[0] + "=" if "=" in words[0] else ""
    assert set(bash(*words, cut=False)) == {prefix + f for f in found}


@pytest.mark.parametrize("words", (["-a", ""], ["--account", ""],
                                   ["--account="], ["--store-password="],
                                   ["--queue-run="]))
def test_bash_accounts(bash, home, words):
    home.rc(*RC)
    assert set(bash(*words)) == ACCOUNTS
    assert not home.read("ran")


def test_bash_accounts_of_another_file(bash, home):
    home.rc(*RC)
    path = home.file("other rc", "account there\naccount $(touch\\ ran)\n")
    for words in (["-C", path], ["--file=" + path], ["-C" + path]):
        found = bash(*words, "-a", "")
        assert found[0] == "there" and "work" not in found
    assert not os.path.exists(os.path.join(home.path, "ran"))
    os.remove(os.path.join(home.path, ".msmtprc"))
    os.makedirs(os.path.join(home.path, ".config/msmtp"))
    home.file(".config/msmtp/config", "account xdg\n")
    assert bash("-a", "") == ["xdg"]


def test_bash_files(bash, home):
    home.file("a file", "")
    assert bash("-C", "a") == ["a file"]
    assert bash("--tls-trust-file=a") == ["a file"]
    assert "system" in bash("--tls-trust-file=s")


# --- zsh ----------------------------------------------------------------------

class Terminal:
    """A shell on a terminal, and what it shows."""

    def __init__(self, argv, env, cwd):
        self.end, theirs = pty.openpty()
        self.proc = subprocess.Popen(argv, stdin=theirs, stdout=theirs,
                                     stderr=theirs, env=env, cwd=cwd,
                                     start_new_session=True)
        os.close(theirs)

    def until(self, mark, limit_s=60):
        shown = b""
        stop = time.monotonic() + limit_s
        while mark not in shown and time.monotonic() < stop:
            if select.select([self.end], [], [], 0.2)[0]:
                shown += os.read(self.end, 65536)
        assert mark in shown, shown
        return shown.decode(errors="replace")

    def type(self, text):
        os.write(self.end, text)

    def close(self):
        os.close(self.end)
        self.proc.kill()
        self.proc.wait()


ZSH = """
PS1= PS2= RPS1=; unsetopt zle_bracketed_paste 2>/dev/null; LISTMAX=1000
zstyle ':completion:*' list-separator '--'; setopt no_beep
fpath=(%s $fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:*' list-colors; LINES=500; COLUMNS=300
# shows what would be completed, instead of completing it
compadd() {
	[[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
	typeset -a __found; builtin compadd -O __found "$@"
	print -rl -- "<"$^__found">"; builtin compadd "$@"
}
bindkey '^I' complete-word
zle-line-init() { print -r READY }; zle -N zle-line-init
"""


@pytest.fixture
def zsh(build, home, environment):
    """zsh(line) -> the words that it offers for the end of the line"""
    home.file(".zshrc", ZSH % os.path.join(build, "contrib/zsh"))
    shells = []

    def complete(line):
        shell = Terminal([tool("zsh"), "-i"],
                         dict(environment, TERM="dumb", ZDOTDIR=home.path,
                              MODULE_PATH=""), home.path)
        shells.append(shell)
        shell.until(b"READY")
        shell.type(line.encode() + b"\t")
        shell.type(b"\x15print DO''NE\n")
        return set(re.findall(r"<(.*?)>", shell.until(b"DONE")))
    yield complete
    for shell in shells:
        shell.close()


def test_zsh_options(zsh, program, environment):
    found = {f.rstrip("=-") for f in zsh("postrider --")}
    assert {o.rstrip("=-") for o in long_options(program, environment)} <= \
        found


@pytest.mark.parametrize("line, found", (
    ("--tls=", {"on", "off"}), ("--family=", {"any", "ipv4", "ipv6"}),
    ("--family ", {"any", "ipv4", "ipv6"})))
def test_zsh_values(zsh, line, found):
    assert found <= zsh("postrider " + line)


@pytest.mark.parametrize("line", ("-a ", "--account=", "--account "))
def test_zsh_accounts(zsh, home, line):
    home.rc(*RC)
    assert ACCOUNTS <= zsh("postrider " + line)
    assert not home.read("ran")


# --- fish ---------------------------------------------------------------------

@pytest.fixture
def fish(build, home, environment):
    def complete(line):
        done = subprocess.run(
            [tool("fish"), "--no-config", "-c", "source $argv[1]; "
             "complete -C $argv[2]",
             os.path.join(build, "contrib/fish/postrider.fish"), line],
            env=environment, cwd=home.path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert not done.returncode and not done.stderr, done
        return {f.split("\t")[0] for f in done.stdout.splitlines()}
    return complete


def test_fish_options(fish, program, environment):
    found = {f.rstrip("=") for f in fish("postrider --")}
    assert found == long_options(program, environment)


@pytest.mark.parametrize("line, found", (
    ("--tls=", {"--tls=on", "--tls=off"}), ("-N n", {"never"}),
    ("--family ", {"any", "ipv4", "ipv6"})))
def test_fish_values(fish, line, found):
    assert found <= fish("postrider " + line)


@pytest.mark.parametrize("line", ("postrider -a ", "postrider --account ",
                                  "msmtp -a "))
def test_fish_accounts(fish, home, line):
    home.rc(*RC)
    assert fish(line) == ACCOUNTS
    assert not home.read("ran")
    path = home.file("other", "account there\n")
    assert fish("postrider -C %s -a " % path) == {"there"}


# --- Vim ----------------------------------------------------------------------

def test_vim(build, home, environment):
    path = home.rc("# account", "account work", "host mail.test", "tls on",
                   "hots x", "keepbcc", "port 25", "password \"a ${B} c\"",
                   "queue on-failure")
    spots = ((1, 3), (2, 1), (3, 1), (4, 5), (5, 1), (6, 1), (7, 6), (8, 11),
             (8, 14), (2, 9), (9, 9), (9, 12))
    names = ["synIDattr(synID(%d,%d,1),'name')" % spot for spot in spots]
    subprocess.run(
        [tool("vim"), "-Nes", "-u", "NONE", "-i", "NONE",
         "--cmd", "set rtp^=%s" % os.path.join(build, "contrib/vim"),
         "-c", "filetype on", "-c", "syntax on", "-c", "edit " + path,
         "-c", "call writefile([%s], 'spots')" % ",".join(
             ["&filetype", *names]), "-c", "qa!"],
        env=dict(environment, TERM="dumb"), cwd=home.path,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    assert home.read("spots").split("\n")[:-1] == [
        "msmtp", "msmtpComment", "msmtpStructure", "msmtpSetting",
        "msmtpValue", "msmtpUnknown", "msmtpOlder", "msmtpNumber",
        "msmtpString", "msmtpElsewhere", "msmtpRest", "msmtpValue",
        "msmtpValue"]


# --- the links ----------------------------------------------------------------

def make(build, tmp_path, target, *more):
    return subprocess.run(
        ["make", "-C", build, target, "DESTDIR=" + str(tmp_path),
         "prefix=/usr", *more], stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"})


def test_install_sendmail(build, tmp_path):
    done = make(build, tmp_path, "install-sendmail")
    assert not done.returncode, done
    links = ("sbin/sendmail", "lib/sendmail", "bin/mailq", "bin/newaliases",
             "sbin/runq")
    for link in links:
        assert os.readlink(tmp_path / "usr" / link) == "/usr/bin/postrider"
    for name in ("bash-completion/completions/postrider",
                 "zsh/site-functions/_postrider",
                 "fish/vendor_completions.d/postrider.fish",
                 "vim/vimfiles/syntax/msmtp.vim",
                 "vim/vimfiles/ftdetect/msmtp.vim"):
        assert (tmp_path / "usr/share" / name).stat().st_size
    assert not make(build, tmp_path, "install-sendmail").returncode  # again
    (tmp_path / "usr/bin/mailq").unlink()
    (tmp_path / "usr/bin/mailq").write_text("somebody else's")
    os.unlink(tmp_path / "usr/sbin/sendmail")
    done = make(build, tmp_path, "install-sendmail")
    assert done.returncode and "mailq is there already" in done.stderr
    assert not os.path.lexists(tmp_path / "usr/sbin/sendmail")
    assert not make(build, tmp_path, "uninstall-sendmail").returncode
    left = [link for link in links if os.path.lexists(tmp_path / "usr" / link)]
    assert left == ["bin/mailq"]


def test_install_elsewhere(build, tmp_path):
    done = make(build, tmp_path, "install-data",
                "fishcompletiondir=/etc/fish/completions")
    assert not done.returncode, done
    assert (tmp_path / "etc/fish/completions/postrider.fish").exists()

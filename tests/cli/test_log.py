# SPDX-License-Identifier: ISC
"""The log line: msmtp's format."""
from support import LOG_LINE, account, log_fields, message


def test_success(lab, home, run, rcpt):
    home.rc(*account(lab, "dovecot", "submission", "logfile ~/log"))
    sent = message(rcpt)
    done = run(["--", rcpt, "bob@example.test"], sent)
    assert done.code == 0, done
    lines = home.read("log").splitlines()
    assert len(lines) == 1 and LOG_LINE.match(lines[0]), lines
    fields = log_fields(lines[0])
    assert fields["host"] == "localhost"
    assert fields["tls"] == fields["auth"] == "on"
    assert fields["user"] == fields["from"] == "alice@example.test"
    assert fields["recipients"] == rcpt + ",bob@example.test"
    assert fields["smtpstatus"] == "250"
    assert fields["smtpmsg"].startswith("250 2.0.0 ")
    assert fields["exitcode"] == "EX_OK"
    assert fields["mailsize"] == str(len(sent))
    assert "errormsg" not in fields


def test_to_standard_output(lab, home, run, rcpt):
    home.rc(*account(lab, "dovecot", "submission", "logfile -"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert LOG_LINE.match(done.out.strip()), done


def test_appended(lab, home, run, rcpt):
    home.rc(*account(lab, "dovecot", "submission"))
    for _ in range(2):
        assert run(["-X", home.path + "/l", "--", rcpt],
                   message(rcpt)).code == 0
    assert len(home.read("l").splitlines()) == 2


def test_early_failure_is_logged(home, run, rcpt):
    """Not even a host: under cron the log is the only trace."""
    home.rc("account default", "from a@example.test", "logfile ~/log")
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 78, done
    assert log_fields(home.read("log"))["exitcode"] == "EX_CONFIG"

# SPDX-License-Identifier: ISC
"""Start every server, say where they listen, stop at Enter or end of input."""
import os
import sys

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))

from servers import Lab, LabError  # noqa: E402
from servers.common import USERS  # noqa: E402


def main():
    try:
        with Lab(how=sys.argv[1] if len(sys.argv) > 1 else None) as lab:
            print("trust %s" % lab.pki.ca)
            for user, password in USERS.items():
                print("user %s password %s" % (user, password))
            print("user bench password secret (exim)")
            for server, doors in lab.doors.items():
                for door, port in doors.items():
                    print("%s %s 127.0.0.1:%d" % (server, door, port))
            sys.stdout.flush()
            sys.stdin.readline()
    except LabError as e:
        sys.exit("servers: %s" % e)


main()

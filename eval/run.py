"""`python eval/run.py ...` is `affectreason evaluate ...`."""

import sys

from affectreason.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["evaluate", *sys.argv[1:]]))

"""`python -m affectreason` is `affectreason`."""

from affectreason.cli import main

raise SystemExit(main())

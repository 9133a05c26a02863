#!/usr/bin/env python3
"""All tests that need PostgreSQL, with one server for them.

  all_postgres.py JEMPUT JEMPUT-CENTRAL"""
import scene
from test_audit import *  # noqa: F403
from test_leave import *  # noqa: F403
from test_outbox import *  # noqa: F403
from test_postgres import *  # noqa: F403
from test_refusals import *  # noqa: F403

if __name__ == '__main__':
    scene.main()

#!/usr/bin/env python3
"""All tests of the console's server and of the exports, with one office for them.

  all_console.py JEMPUT JEMPUT-CENTRAL JEMPUT-CONSOLE"""
import console_scene
from test_added import *  # noqa: F403
from test_anchor import *  # noqa: F403
from test_application import *  # noqa: F403
from test_brought import *  # noqa: F403
from test_checked import *  # noqa: F403
from test_console import *  # noqa: F403
from test_counted import *  # noqa: F403
from test_export import *  # noqa: F403
from test_govern import *  # noqa: F403
from test_nginx import *  # noqa: F403
from test_removed import *  # noqa: F403
from test_renew import *  # noqa: F403
from test_resend import *  # noqa: F403
from test_scan import *  # noqa: F403
from test_scope import *  # noqa: F403
from test_seen import *  # noqa: F403
from test_session import *  # noqa: F403

if __name__ == '__main__':
    console_scene.main()

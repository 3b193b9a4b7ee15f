"""The dashboard as a process: ``fin-agent dashboard``, and ``run`` by setting, start this."""

import os
import sys

from fin_agent.entrypoints.dashboard.launch import Launch, serve

if __name__ == "__main__":
    os.umask(0o077)
    serve(Launch.parse(sys.argv[1:]))

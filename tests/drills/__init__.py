"""Torments a running register and looks at what is left; run by name: `python -m tests.drills.kill_import`."""

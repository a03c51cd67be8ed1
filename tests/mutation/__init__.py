"""Do the tests bite? Small wrong changes to the core modules, and whether the nearest tests fail on each.

`python -m tests.mutation` runs it, `rooms.toml` says which tests are nearest to which modules, and `survivors.toml`
which changes no test can notice, and why.
"""

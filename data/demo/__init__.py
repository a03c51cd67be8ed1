"""An invented district, and the generator that made it.

Everything is computed in metres around `plan.ORIGIN` and turned into longitude and latitude at the very end.
"""

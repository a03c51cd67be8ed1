"""gridmap computes: pure functions over numpy and shapely arrays, nothing else.

What is given is never changed, and the same input gives the same output: no I/O, no clock, no settings, no
global state. It speaks of points, areas, footprints, cells, boundaries and parts; what these stand for is the
callers' business.
"""

"""The domain model: what a feature is, who manages a building on a day, and what the indicators count.

Pure rules over plain values and data frames; nothing here reads a file, a clock or the store.
"""

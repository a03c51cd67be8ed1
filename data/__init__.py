"""Data that ship with gridmap."""

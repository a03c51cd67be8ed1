"""What the search for a plan is made with, whatever the plan is: HiGHS for exact models, random numbers for kernels."""

from __future__ import annotations

from geo.engines.chance_kernel import below, seeded, share
from geo.engines.highs import prepared, solved
from geo.engines.model import Model

__all__ = ["Model", "below", "prepared", "seeded", "share", "solved"]

"""What a road lets through where the records do not say: by its class, as `import-osm` reads it from a map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.model.osm.roads import HIGHWAYS

UNKNOWN = HIGHWAYS["road"]
SENSE = {"forward": 1, "backward": -1}
FENCES = ("wall", "fence", "hedge", "围墙", "围栏")


def use_of(roads: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return who may use each road and how fast.

    Parameters
    ----------
    roads : DataFrame
        The catalogue's fields.

    Returns
    -------
    dict
        ``walkable, drivable`` (bool), ``oneway`` (1, 0, -1), ``speed_kmh``, ``level`` (int), each as long as `roads`;
        and ``assumed`` (bool): the class decided what the record does not say.
    """
    by_class = [HIGHWAYS.get(each, UNKNOWN) for each in roads["class"].fillna("road")]
    walkable, drivable, speed = roads["walkable"], roads["drivable"], roads["speed_kmh"].to_numpy(dtype=float)
    foot = np.array([each.foot for each in by_class], dtype=bool)
    car = np.array([each.car for each in by_class], dtype=bool)
    usual = np.array([each.speed_kmh for each in by_class], dtype=float)
    barrier = roads["barrier"]
    fenced = barrier.isin(FENCES).to_numpy(dtype=bool)
    level = np.where(roads["bridge"].fillna(False), 1, np.where(roads["tunnel"].fillna(False), -1, 0))
    entered = roads["level"].to_numpy(dtype=float, na_value=np.nan)
    # What the record says goes before what the class or a barrier suggests.
    can_drive = _given(drivable, car & barrier.isna().to_numpy())
    return {
        "walkable": _given(walkable, foot & ~fenced),
        "drivable": can_drive,
        "oneway": roads["oneway"].map(SENSE).astype(float).fillna(0).to_numpy(dtype=np.int8),
        "speed_kmh": np.where(np.isnan(speed), usual, speed),
        "level": np.where(np.isnan(entered), level, entered).astype(np.int64),
        "assumed": (walkable.isna() | drivable.isna()).to_numpy() | (np.isnan(speed) & can_drive),
    }


def _given(entered: pd.Series, otherwise: np.ndarray) -> np.ndarray:
    return np.where(entered.isna(), otherwise, entered.fillna(False).to_numpy(dtype=bool))

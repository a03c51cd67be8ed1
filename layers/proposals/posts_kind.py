"""Proposed posts become assignments that hold from the day on which they are taken over."""

from __future__ import annotations

import datetime as dt

import numpy as np
import shapely

from layers.model.feature import Change
from layers.proposals.kinds import Accepted, Beside, Kind, Members, Part, Taken, Told
from layers.proposals.membership import PEOPLE, framed, situation_of
from layers.proposals.posts import LOCAL, READ
from layers.proposals.recording import Record, record
from layers.store.protocol import Store
from layers.usecases.plans.writing import Writer

ASSIGNMENTS = "assignments"


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write an assignment for each picked target; those of today stay as they are."""
    said = {"level": taken.summary["level"], "type": taken.summary["type"], "valid_from": today}
    layer = str(taken.summary["targets"])
    made = [
        Record(each.id, {**said, "post": each.properties["post"], "target_layer": layer, "target": each.id})
        for each in taken.parts
    ]
    return record(store, taken, made, writer)


def concerns(taken: Taken, change: Change) -> bool:
    """Say whether a change is of a picked target, or of an assignment of it or of a picked post."""
    targets, posts = {each.id for each in taken.parts}, {each.properties["post"] for each in taken.parts}
    sides = [each.properties for each in (change.before, change.after) if each is not None]
    if change.layer == ASSIGNMENTS:
        return any(each.get("target") in targets or each.get("post") in posts for each in sides)
    return change.layer == taken.summary["targets"] and any(each.get("code") in targets for each in sides)


FIGURES = ("targets", "load_after", "households", "metres")


def members(store: Store, told: Told) -> Members:
    """Return the targets that somebody is proposed for, each with the post."""
    parts, local = list(told.parts.values()), told.summary["level"] in LOCAL
    post_of = {each.id: _post(each, local) for each in parts}
    posts = np.array([*post_of.values(), None], dtype=object)[:-1]
    people = {name: [each.properties.get(name) for each in parts] for name in PEOPLE}
    places = [None if each.geometry is None else shapely.Point(shapely.get_coordinates(each.geometry)[-1])
              for each in parts]  # fmt: skip
    names = [each.properties["name"] for each in parts]
    frame = framed([each.id for each in parts], posts, names, people, np.array([*places, None], dtype=object)[:-1])
    figures: dict[str, dict[str, float | None]] = {}
    for each in parts:
        mine = figures.setdefault(post_of[each.id], dict.fromkeys(FIGURES))
        mine["load_after"] = each.properties["load_after"]
        mine["targets"] = (mine["targets"] or 0) + 1
        for name in ("households", "metres"):
            if (value := each.properties[name]) is not None:
                mine[name] = (mine[name] or 0) + value
    communities = situation_of(store, told).communities
    place = dict(zip(communities["code"].astype(str), communities["name"], strict=True)) if local else {}
    called = {
        post_of[each.id]: " · ".join(filter(None, (str(each.properties["post"]),
                                                   place.get(str(each.properties["community_code"])))))
        for each in parts
    }  # fmt: skip
    return Members(str(told.summary["targets"]), frame, called, figures, {each: each for each in called}, keyed=True)


def _post(part: Part, local: bool) -> str:
    """Return a post by its title, and its community where one title is another post in each."""
    title = str(part.properties["post"])
    return f"{title}@{part.properties['community_code']}" if local else title


KIND = Kind(
    id="assign-posts",
    rests_on=READ,
    accept=accept,
    beside=Beside(members, figures=FIGURES, totals=("total", "unassigned", "proposed", "left", "most", "metres")),
    into=(ASSIGNMENTS,),
    concerns=concerns,
)

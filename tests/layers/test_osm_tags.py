"""What OpenStreetMap's tags mean: each rule as an example."""

from __future__ import annotations

import pytest

from layers.catalogue import catalogue
from layers.model.osm import LeftOut
from layers.model.osm.barriers import barrier
from layers.model.osm.places import KINDS, NAMED, USES, building, floors, station
from layers.model.osm.roads import HIGHWAYS, gate, passes, road, speed_kmh


def tags(text: str) -> dict[str, str]:
    """Turn ``"highway=path foot=no"`` into tags."""
    return dict(pair.split("=", 1) for pair in text.split())


class TestRoads:
    @pytest.mark.parametrize(
        ("text", "indoor", "covered"),
        [
            ("highway=footway", False, False),
            ("highway=footway indoor=yes", True, False),
            ("highway=corridor", True, False),
            ("highway=footway indoor=no covered=no", False, False),
            ("highway=pedestrian covered=arcade", False, True),
            ("highway=service tunnel=building_passage", False, True),
        ],
    )
    def test_indoors_and_under_a_roof(self, text: str, indoor: bool, covered: bool) -> None:
        found = road(tags(text))
        assert (found["indoor"], found["covered"]) == (indoor, covered)

    @pytest.mark.parametrize(
        ("text", "walk", "drive"),
        [
            ("highway=residential", True, True),
            ("highway=motorway", False, True),
            ("highway=trunk motorroad=yes", False, True),
            ("highway=footway", True, False),
            ("highway=steps motor_vehicle=yes", True, False),  # a slip of the mapper
            ("highway=service service=parking_aisle", True, True),
            ("highway=busway foot=yes", True, False),
            ("highway=pedestrian motor_vehicle=destination", True, True),
            ("highway=pedestrian vehicle=yes", True, True),
            ("highway=pedestrian access=yes", True, False),
            ("highway=residential access=no foot=yes", True, False),
            ("highway=residential access=private motorcar=yes foot=no", False, True),
            ("highway=track access=agricultural", True, False),  # a farmer's track stops nobody on foot
            ("highway=residential vehicle=no motor_vehicle=yes", True, True),  # the particular goes first
            ("highway=primary foot=use_sidepath", False, True),
            ("highway=cycleway bicycle=designated", True, False),
            ("highway=residential bicycle=no", True, True),
            ("highway=service access=yes@(Mo-Fr)", True, True),  # no statement for every hour
            ("highway=motorway access=yes", False, True),
        ],
    )
    def test_who_may_use_it(self, text: str, walk: bool, drive: bool) -> None:
        found = road(tags(text))
        assert (found["walkable"], found["drivable"]) == (walk, drive)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("highway=construction", LeftOut("unbuilt", "construction")),
            ("highway=proposed", LeftOut("unbuilt", "proposed")),
            ("highway=raceway", LeftOut("unlisted", "raceway")),
            ("highway=bus_guideway", LeftOut("unlisted", "bus_guideway")),
            ("highway=residential disused=yes", LeftOut("unbuilt", "disused")),
            ("highway=residential construction=yes", LeftOut("unbuilt", "construction")),
            ("highway=service access=military", LeftOut("closed", "military")),
            ("highway=service locked=yes", LeftOut("closed", "service")),
            ("highway=busway", LeftOut("closed", "busway")),
            ("highway=residential access=no", LeftOut("closed", "no")),
            ("highway=cycleway foot=no", LeftOut("closed", "cycleway")),
        ],
    )
    def test_why_it_is_left_out(self, text: str, reason: LeftOut) -> None:
        assert road(tags(text)) == reason

    @pytest.mark.parametrize(
        ("text", "walkers", "cars"),
        [
            ("highway=residential", "public", "public"),
            ("highway=service access=private", "residents", "residents"),
            ("highway=service access=private foot=yes", "public", "residents"),  # the particular goes first
            ("highway=residential motor_vehicle=destination", "public", "residents"),
            ("highway=service access=customers", "residents", "residents"),
            ("highway=service access=delivery foot=no", "closed", "residents"),
            ("highway=service vehicle=permit motorcar=yes", "public", "public"),
            ("highway=residential access=no foot=permit", "residents", "closed"),
            ("highway=footway access=private", "residents", "closed"),
            ("highway=motorway", "closed", "public"),
            ("highway=service access=no;private", "residents", "residents"),  # of several the most open
            ("highway=service motor_vehicle=destination;delivery", "public", "residents"),
            ("highway=service access=private foot=yes;designated", "public", "residents"),
            ("highway=service access=Private", "residents", "residents"),
            ("highway=service access=no foot=discouraged", "public", "closed"),
            ("highway=service access=members", "residents", "residents"),
            ("highway=service motor_vehicle=bus;psv", "public", "closed"),
            ("highway=service service=emergency_access", "public", "closed"),
            ("highway=primary oneway=reversible", "public", "closed"),  # at no hour open both ways
        ],
    )
    def test_who_may_pass(self, text: str, walkers: str, cars: str) -> None:
        """`drive_access` is empty where it is that of walkers, or where no car may drive at all."""
        found = road(tags(text))
        assert (found["access"], found["walkable"]) == (walkers, walkers != "closed")
        assert (found["drive_access"] or walkers) == (cars if found["drivable"] else walkers)
        assert found["drivable"] == (cars != "closed")

    @pytest.mark.parametrize(
        ("text", "oneway"),
        [
            ("highway=primary", "no"),
            ("highway=primary oneway=yes", "forward"),
            ("highway=primary oneway=-1", "backward"),
            ("highway=primary junction=roundabout", "forward"),
            ("highway=motorway", "forward"),
            ("highway=motorway oneway=no", "no"),
            ("highway=motorway_link", "no"),
            ("highway=primary oneway=alternating", "no"),
            ("highway=primary oneway=Yes", "forward"),
            ("highway=primary oneway:motor_vehicle=yes", "forward"),
            ("highway=primary oneway=yes oneway:motor_vehicle=no", "no"),
            ("highway=primary oneway:bicycle=yes", "no"),
            ("highway=primary vehicle:backward=no", "forward"),
            ("highway=primary motor_vehicle:forward=no", "backward"),
            ("highway=primary vehicle:backward=no motor_vehicle:backward=yes", "no"),
            ("highway=footway oneway=yes", "no"),  # speaks of vehicles, and none may drive here
        ],
    )
    def test_one_way(self, text: str, oneway: str) -> None:
        assert road(tags(text))["oneway"] == oneway

    @pytest.mark.parametrize(
        ("text", "sense"),
        [
            ("highway=residential", None),
            ("highway=residential oneway=yes", None),  # speaks of vehicles
            ("highway=steps oneway=yes", "forward"),
            ("highway=steps conveying=backward", "backward"),
            ("highway=steps conveying=reversible", None),
            ("highway=footway oneway:foot=-1", "backward"),
            ("highway=footway foot:backward=no", "forward"),
            ("highway=footway foot:forward=no", "backward"),
            ("highway=footway foot:backward=yes", None),
            ("highway=footway oneway:foot=no foot:backward=no", None),  # what speaks of the way goes first
        ],
    )
    def test_in_which_sense_one_walks(self, text: str, sense: str | None) -> None:
        assert road(tags(text))["walk_oneway"] == sense

    @pytest.mark.parametrize(
        ("text", "level", "bridge", "tunnel"),
        [
            ("highway=primary", 0, False, False),
            ("highway=primary bridge=yes", 1, True, False),
            ("highway=primary bridge=viaduct layer=2", 2, True, False),
            ("highway=primary tunnel=yes", -1, False, True),
            ("highway=service tunnel=building_passage", 0, False, True),
            ("highway=primary layer=-1", -1, False, False),
            ("highway=primary layer=99", 10, False, False),
            ("highway=primary layer=-99", -10, False, False),
            ("highway=footway level=3;2", 2, False, False),
            ("highway=footway level=1;2", 1, False, False),
            ("highway=footway level=-3;-2", -2, False, False),
            ("highway=primary bridge=yes tunnel=yes", 0, True, True),
            ("highway=primary layer=oben bridge=no", 0, False, False),
            ("highway=corridor indoor=yes level=2", 2, False, False),
            ("highway=steps level=0;2", 0, False, False),  # comes down to the ground
            ("highway=steps level=-1-3", 0, False, False),
            ("highway=footway level=-2;-1", -1, False, False),
            ("highway=footway level=0.5", 0, False, False),
            ("highway=footway location=underground", -1, False, False),
        ],
    )
    def test_level(self, text: str, level: int, bridge: bool, tunnel: bool) -> None:
        found = road(tags(text))
        assert (found["level"], found["bridge"], found["tunnel"]) == (level, bridge, tunnel)

    def test_speed_and_users_are_those_of_the_class_where_nothing_is_mapped(self) -> None:
        """Class → speed in km/h; on foot no motorway may be walked, by car no path driven."""
        streets = {
            "motorway": 100, "motorway_link": 50, "trunk": 70, "trunk_link": 40, "primary": 60, "primary_link": 40,
            "secondary": 50, "secondary_link": 40, "tertiary": 40, "tertiary_link": 40, "unclassified": 40,
            "residential": 30, "living_street": 15, "road": 30, "service": 20, "track": 15,
        }  # fmt: skip
        paths = ("pedestrian", "footway", "path", "trail", "cycleway", "bridleway")
        inside = ("steps", "corridor", "crossing", "platform", "elevator")
        assert {*streets, *paths, *inside} == set(HIGHWAYS) - {"busway"}
        found = {value: road({"highway": value}) for value in HIGHWAYS if value != "busway"}
        assert {value: each["speed_kmh"] for value, each in found.items() if each["drivable"]} == streets
        assert {value for value, each in found.items() if not each["walkable"]} == {"motorway", "motorway_link"}
        assert {found[value]["speed_kmh"] for value in (*paths, *inside)} == {None}  # nobody drives there

    @pytest.mark.parametrize("value", ["pedestrian", "footway", "path", "trail", "cycleway", "bridleway"])
    def test_a_path_that_a_tag_opens_to_cars_is_driven_slowly(self, value: str) -> None:
        found = road({"highway": value, "motor_vehicle": "yes"})
        assert (found["walkable"], found["drivable"], found["speed_kmh"]) == (True, True, 10.0)

    @pytest.mark.parametrize("value", ["steps", "corridor", "crossing", "platform", "elevator"])
    def test_no_tag_opens_stairs_to_cars(self, value: str) -> None:
        assert road({"highway": value, "motor_vehicle": "yes"})["drivable"] is False

    def test_where_nobody_stops_is_a_link(self) -> None:
        links = {value for value in HIGHWAYS if road({"highway": value, "foot": "yes"})["link"]}
        assert links == {"motorway_link", "trunk_link"}

    def test_the_name_is_the_number_where_there_is_no_name(self) -> None:
        assert road({"highway": "trunk", "ref": "G204"})["name"] == "G204"

    def test_every_class_is_one_of_the_catalogue(self) -> None:
        known = {value.code for value in catalogue().layer("roads").field("class").values}
        assert {kind.road_class for kind in HIGHWAYS.values()} <= known | {None}


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("50 km/h", 50), ("30 mph", 48.3), ("CN:urban", 50), ("DE:rural", 70), ("CN:motorway", 120),
        ("walk", 6), ("RO:zone30", 30), ("none", None), ("300", 120), ("60公里", 60), ("40-60", 40),
        ("80@night", None), ("60;40", 40), ("signals", None), ("", None),
        ("0", None), ("-20", None), ("fast", None), ("60-40", 40), ("CN:zone 30", 30), ("GB:nsl_single", 96.6),
        ("GB:nsl_restricted", 48.3), ("GB:nsl_dual", 112.7), ("CN:trunk", 80), ("CN:living_street", 20),
        ("DE:bicycle_road", 30), ("pedestrian_zone", 6), ("30 knots", 55.6), ("50kmh", 50), ("50 kph", 50),
        ("50公里/小时", 50), ("1", 1), ("0.9", None), ("120", 120), ("7.5", 7.5), ("40 ; 60", 40), ("60|50,40", 40),
    ],
)  # fmt: skip
def test_speed_limits(text: str, kmh: float | None) -> None:
    assert speed_kmh({"maxspeed": text}) == kmh


@pytest.mark.parametrize(("highway", "kmh"), [("motorway", 120), ("living_street", 15), ("residential", 30)])
def test_where_nothing_limits_the_speed_a_street_keeps_that_of_its_class(highway: str, kmh: float) -> None:
    assert road({"highway": highway, "maxspeed": "none"})["speed_kmh"] == kmh


def test_of_two_directions_the_slower_counts() -> None:
    both = {"maxspeed:forward": "60", "maxspeed:backward": "40"}
    assert speed_kmh(both) == 40
    assert speed_kmh(both | {"oneway": "yes"}) == 60
    assert speed_kmh(both | {"oneway": "-1"}) == 40


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("maxspeed=60 maxspeed:motorcar=40", 40),
        ("maxspeed=signals maxspeed:forward=40", 40),
        ("zone:maxspeed=CN:30", 30),
        ("maxspeed=50 maxspeed:type=CN:zone30", 50),
        ("source:maxspeed=CN:urban", 50),
        ("source:maxspeed=survey", None),
        ("highway=living_street maxspeed=120", 30),
    ],
)
def test_which_limit_counts(text: str, kmh: float | None) -> None:
    assert speed_kmh(tags(text)) == kmh


@pytest.mark.parametrize(
    ("text", "walkers", "cars"),
    [
        ("barrier=gate", "public", "public"),
        ("barrier=gate access=private", "residents", "residents"),
        ("barrier=gate access=no", "closed", "closed"),
        ("barrier=gate locked=yes", "closed", "closed"),
        ("barrier=lift_gate motor_vehicle=private", "public", "residents"),
        ("barrier=lift_gate access=private foot=yes", "public", "residents"),
        ("barrier=bollard", "public", "closed"),
        ("barrier=bollard motor_vehicle=yes", "public", "public"),
        ("barrier=fence", "closed", "closed"),
        ("barrier=wall foot=yes", "public", "closed"),
        ("barrier=gate locked=yes foot=yes", "public", "closed"),  # there is a way beside
        ("barrier=gate locked=yes access=private", "closed", "closed"),
        ("barrier=gate access=private;delivery", "residents", "residents"),
        ("barrier=horse_stile", "public", "closed"),
        ("barrier=wicket_gate", "public", "closed"),
    ],
)
def test_who_gets_past_a_barrier(text: str, walkers: str, cars: str) -> None:
    assert passes(tags(text)) == (walkers, cars)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("barrier=gate", "gate"),
        ("barrier=full-height_turnstile", "turnstile"),
        ("barrier=entrance", "entrance"),
        ("barrier=bollard", "bollard"),
        ("barrier=kerb", None),  # stops nobody, opens nothing
        ("barrier=toll_booth access=no", "other"),
    ],
)
def test_which_barriers_are_gates(text: str, kind: str | None) -> None:
    found = gate(tags(text))
    assert (None if found is None else found["kind"]) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("barrier=wall", "wall"),
        ("barrier=fence foot=yes", None),
        ("barrier=kerb", None),
        ("natural=water water=pond", "water"),
        ("waterway=river", "water"),
        ("waterway=stream", None),  # one steps over it
        ("waterway=canal tunnel=culvert", None),
        ("railway=rail", "railway"),
        ("railway=rail bridge=yes", None),  # one walks below
        ("railway=tram", None),
        ("natural=cliff", "cliff"),
        ("railway=subway layer=-2", None),
        ("waterway=river layer=-1", "water"),  # says what crosses over it, not that it lies underground
        ("waterway=river covered=yes", None),
        ("natural=coastline", "water"),
        ("barrier=wall layer=1", None),
        ("barrier=wall layer=0;1", "wall"),  # it stands on the ground too
        ("barrier=wall layer=-1;1", "wall"),
    ],
)
def test_what_nobody_walks_across(text: str, kind: str | None) -> None:
    found = barrier(tags(text))
    assert (None if found is None else found["kind"]) == kind


class TestBuildings:
    @pytest.mark.parametrize(
        ("text", "use"),
        [
            ("building=apartments", "residential"),
            ("building=retail", "commercial"),
            ("building=school", "public"),
            ("building=garage", "other"),
            ("building=yes", None),
            ("building=yes amenity=hospital", "public"),
            ("building=yes shop=mall", "commercial"),
            ("building=pagoda", None),  # a value nobody listed is unknown, not "other"
        ],
    )
    def test_use(self, text: str, use: str | None) -> None:
        assert building(tags(text))["use"] == use

    def test_what_is_none(self) -> None:
        assert building({}) is None
        assert building({"building": "no"}) is None
        assert building({"building": "construction"}) == LeftOut("unfinished", "construction")

    @pytest.mark.parametrize(
        ("text", "count"),
        [("6", 6), ("6.5", 6), (None, None), ("many", None), ("0", None), ("nan", None), ("1e9", None)],
    )
    def test_floors(self, text: str | None, count: int | None) -> None:
        assert floors(text) == count

    def test_households_are_never_guessed(self) -> None:
        assert set(building(tags("building=apartments building:flats=24"))) == {"name", "use", "floors"}

    def test_every_use_is_one_of_the_catalogue(self) -> None:
        assert set(USES) <= {value.code for value in catalogue().layer("buildings").field("use").values}


class TestStations:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("amenity=community_centre", "party_service"),
            ("amenity=community_centre name=东街长者食堂", "elder_canteen"),
            ("office=government name=东街社区党群服务中心", "party_service"),
            ("amenity=social_facility social_facility=day_care social_facility:for=senior", "day_care"),
            ("amenity=social_facility social_facility:for=child;juvenile", "child_home"),
            ("amenity=social_facility", "other"),
            ("amenity=doctors", "clinic"),
            ("healthcare=centre", "clinic"),
            ("amenity=police", "police"),
            ("amenity=parking access=customers", "parking"),
            ("amenity=post_office", "other"),
            ("amenity=school", "other"),
            ("amenity=school name=综合体小学", "other"),  # names are asked only where the tag is about a neighbourhood
        ],
    )
    def test_kind(self, text: str, kind: str) -> None:
        assert station(tags(text))["kind"] == kind

    @pytest.mark.parametrize(
        "text", ["amenity=bench", "office=government", "shop=convenience", "disused:amenity=clinic"]
    )
    def test_what_is_none(self, text: str) -> None:
        assert station(tags(text)) is None

    def test_what_is_left_out(self) -> None:
        assert station(tags("amenity=parking access=private")) == LeftOut("not-public", "private")
        assert station(tags("amenity=clinic disused=yes")) == LeftOut("disused", "clinic")

    def test_every_kind_is_one_of_the_catalogue(self) -> None:
        kinds = {kind for values in KINDS.values() for kind in values.values()} | set(NAMED.values())
        assert kinds - {None} <= {value.code for value in catalogue().layer("stations").field("kind").values}

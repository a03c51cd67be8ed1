"""The words for what an analysis counts: statuses, reasons, bases, classes of the legend."""

from __future__ import annotations

from collections.abc import Mapping

from layers.catalogue import Label, catalogue
from layers.model import travel
from layers.model.management import MODE_UNKNOWN, STAGES

STATUS = {
    "managed": Label("有管理", "managed"),
    "lapsed": Label("脱管", "lapsed"),
    "unmanaged": Label("无物业", "unmanaged"),
    "unknown": Label("未摸排", "unknown"),
    "out-of-scope": Label("非住宅（不统计）", "out of scope"),
}
REASON = {
    "no_arrangement": Label("无管理安排", "no arrangement"),
    "ended": Label("已到期", "ended"),
    "terminated": Label("已终止", "terminated"),
    "blacklisted": Label("主体列入黑名单", "manager blacklisted"),
    "not_started": Label("尚未开始", "not started"),
    "only_trial": Label("仅过渡或应急", "only trial or emergency"),
    "mode_not_counted": Label("模式不计入口径", "mode not counted"),
    "not_accepted": Label("未达标验收", "not accepted"),
    "acceptance_not_recorded": Label("未登记达标验收", "no acceptance on record"),
    "not_surveyed": Label("未摸排", "not surveyed"),
    "managed": Label("有管理", "managed"),
}
STANDING = {
    "all": Label("全部有物业", "managed"),
    "some": Label("部分有物业", "in part"),
    "none": Label("无人管理", "unmanaged"),
    "unknown": Label("情况不明", "not known"),
}
# Kinds of stations that lie on the map and serve nobody by being near: they count only where they are asked for.
NO_SERVICE = ("parking",)
UNKNOWN_MODE = Label("模式不明", "mode unknown")
BASIS = {
    "broad": Label("大物管", "Broad"),
    "strict": Label("专业化", "Professional"),
    "accepted": Label("达标", "Accepted"),
}
WEIGHT = {
    "buildings": Label("楼栋数", "buildings"),
    "households": Label("户数", "households"),
    "floor_area_m2": Label("建筑面积（㎡）", "floor area (m²)"),
    "population": Label("人口", "population"),
    "elderly_60": Label("60岁以上老人", "residents aged 60 and over"),
}
CHANGE = {
    "newly_managed": Label("新纳管", "newly managed"),
    "newly_unmanaged": Label("新脱管", "newly unmanaged"),
    "appeared": Label("新增楼栋（有管理）", "appeared, managed"),
    "disappeared": Label("减少楼栋（原有管理）", "gone, was managed"),
    "became_known_managed": Label("后来得知：原已有管理", "became known: was managed already"),
    "became_known_unmanaged": Label("后来得知：原已无管理", "became known: was not managed"),
    "became_known_surveyed": Label("新摸排：无物业", "became known: surveyed, unmanaged"),
    "newly_covered": Label("新覆盖", "newly covered"),
    "newly_uncovered": Label("新增未覆盖", "newly left out"),
}
OPEN_SHARE = {
    "open": Label("开放式楼院", "open courtyards"),
    "known": Label("封闭情况已知", "enclosure known"),
    "unknown": Label("封闭情况不明", "enclosure unknown"),
    "open_share": Label("开放式占比（按个数）", "open share by count"),
    "open_households": Label("开放式户数", "households in open courtyards"),
    "known_households": Label("封闭情况已知的户数", "households with enclosure known"),
    "open_share_households": Label("开放式占比（按户数）", "open share by households"),
    "missing_households": Label("缺户数的楼院", "courtyards without households"),
}
EXPIRING = {
    "within_30_days": Label("30 天内到期", "within 30 days"),
    "within_60_days": Label("60 天内到期", "within 60 days"),
    "within_90_days": Label("90 天内到期", "within 90 days"),
    "trials_within_30_days": Label("过渡期 30 天内结束", "trials within 30 days"),
    "served_on_within_90_days": Label("90 天内到期、到期继续服务", "within 90 days, but served on"),
    "served_on_past_end": Label("已过期、继续服务", "past their end, served on"),
}


TRAVEL = {"walk": Label("步行", "on foot"), "drive": Label("驾车", "by car")}
METHOD = {
    "network": Label("沿道路", "along streets"),
    "detour": Label(f"直线×{travel.DETOUR:g}", f"straight line × {travel.DETOUR:g}"),
    "straight": Label("直线", "straight line"),
}
RESIDENTS_ROADS = {
    "ends": Label("仅起止两端", "at the ends of a trip"),
    "closed": Label("不可通行", "closed to all"),
    "open": Label("公众可通行", "open to all"),
}
DIRECTION = {"to": Label("前往站点", "to the station"), "from": Label("由站点出发", "from the station")}
UNCOVERED = {
    "beyond_limit": Label("超出限值", "beyond the limit"),
    "no_road": Label("附近无可通行道路", "no street near enough"),
    "other_component": Label("道路不连通", "streets not connected"),
    "against_oneway": Label("只能逆行到达", "only against one-way"),
    "restricted": Label("须穿行住户道路", "only through residents' ways"),
    "no_open_station": Label("无开放站点", "no open station"),
    "station_off_network": Label("站点远离道路", "stations off the streets"),
    "no_place": Label("无地图位置", "no place on the map"),
}
DEFECT = {
    "duplicate-code": Label("编码重复", "duplicate code"),
    "orphan-code": Label("引用的编码不存在", "code that refers to nothing"),
    "wrong-prefix": Label("编码与上级不符", "code contradicts its parent"),
    "no-geometry": Label("无图形", "no geometry"),
    "invalid-geometry": Label("图形无效", "invalid geometry"),
    "in-no-community": Label("不在任何社区", "in no community"),
    "in-no-grid": Label("未分配网格", "unassigned to a grid"),
    "no-households": Label("缺户数", "households missing"),
    "use-unknown": Label("用途不明", "use unknown"),
    "rival-arrangements": Label("多个管理安排同时生效", "rival arrangements"),
    "dates-reversed": Label("起止日期颠倒", "dates reversed"),
    "empty-area": Label("管理区域不含楼栋", "managed area without buildings"),
    "listed-outside": Label("列入管理区域但在其边界外", "listed, but outside the area"),
    "inside-listed-elsewhere": Label("在管理区域内但列入别处", "inside, but listed elsewhere"),
    "stated-unmanaged": Label("台账称无人管理但安排仍有效", "stated unmanaged, arrangement in force"),
    "households-differ": Label("户数与楼栋合计不一致", "households differ from the buildings' sum"),
    "suspicious-access": Label("到道路的接入段可疑", "suspicious way to the street"),
    "turn-without-roads": Label("转弯限制没有对应的道路", "turn restriction without roads"),
    "no-way-on": Label("路口所有去向均被禁止", "every turn forbidden"),
    "outside-edit": Label("其他程序所作改动未采纳", "edited by another program"),
    "grid-gap": Label("网格空隙", "gap between grids"),
    "grid-overlap": Label("网格重叠", "overlapping grids"),
    "grid-spill": Label("网格越出社区", "grid beyond its community"),
    "grid-cut": Label("楼栋被网格切分", "building cut by grids"),
    "grid-sliver": Label("网格细碎面", "sliver"),
    "grid-multipart": Label("网格分成几块", "grid in several parts"),
    "grid-invalid": Label("网格图形无效", "invalid grid"),
}
PROPOSED = {
    "optimal": Label("已证最优", "proven optimal"),
    "feasible": Label("可行", "feasible"),
    "infeasible": Label("不可行", "infeasible"),
}
LEFT_OUT = {
    "full": Label("站点已满", "stations are full"),
    "not_chosen": Label("近处候选点未入选", "the candidate near was not chosen"),
    "no_candidate": Label("时限内无候选点", "no candidate in time"),
}
LEG = {
    "clear": Label("无阻隔", "nothing in the way"),
    "none": Label("不可及", "none"),
    "via": Label("经由大门", "through a gate"),
    "through_building": Label("穿过别的楼栋", "crosses another building"),
    "through_barrier": Label("穿过围墙、水面或铁路", "crosses a wall, water or a railway"),
    "other_level": Label("附近只有桥、隧道或匝道", "only a bridge, tunnel or ramp near"),
}
STREETS = {
    "roads": Label("道路条数", "roads"),
    "edges": Label("路段数", "edges"),
    "components": Label("连通分量数", "connected parts"),
    "largest_component_nodes": Label("最大分量节点数", "nodes of the largest part"),
    "assumed_by_class": Label("按等级推定的道路", "roads decided by their class"),
    "left_out": Label("略去的道路", "roads left out"),
}


def words_of_field(layer: str, field: str) -> dict[str, Label]:
    """Return the words of a field's allowed values in the catalogue."""
    return {choice.code: choice.label for choice in catalogue().layer(layer).field(field).values}


def classes() -> dict[str, Label]:
    """Return the classes of the coverage map's legend: mode, mode with stage, or status."""
    modes, stages = words_of_field("arrangements", "mode"), words_of_field("arrangements", "stage")
    modes = {**modes, MODE_UNKNOWN: UNKNOWN_MODE}
    staged = {
        f"{mode}-{stage}": Label(f"{label.zh}·{stages[stage].zh}", f"{label.en}, {stages[stage].en}")
        for mode, label in modes.items()
        for stage in STAGES[1:]
    }
    return {**modes, **staged, **STATUS}


def words() -> Mapping[str, Mapping[str, Label]]:
    """Return column or figure → code → words, for every coded value that an analysis gives."""
    return {
        "status": {**STATUS, **PROPOSED},
        "reason": {**REASON, **UNCOVERED, **LEFT_OUT},
        "mode": TRAVEL,
        "method": METHOD,
        "direction": DIRECTION,
        "residents_roads": RESIDENTS_ROADS,
        "streets": STREETS,
        "basis": BASIS,
        "weight": WEIGHT,
        "kinds": words_of_field("stations", "kind"),
        "kind": {**words_of_field("stations", "kind"), **DEFECT},
        "layer": {layer.id: layer.label for layer in catalogue()},
        "revisions": {layer.id: layer.label for layer in catalogue()},
        "leg": LEG,
        "legs": LEG,
        "change": CHANGE,
        "changed_buildings": CHANGE,
        "enclosure": words_of_field("courtyards", "enclosure"),
        "by_status": STATUS,
        "by_reason": {**REASON, **UNCOVERED, **LEFT_OUT},
        "by_class": classes(),
        "mode_mix_households": {**words_of_field("arrangements", "mode")},
        "mode_mix_missing": {**words_of_field("arrangements", "mode")},
        "open_share": OPEN_SHARE,
        "expiring": EXPIRING,
    }

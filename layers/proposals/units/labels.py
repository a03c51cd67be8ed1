"""What inputs and outputs of joint units are called."""

from __future__ import annotations

from layers.catalogue import Label
from layers.proposals.frame import PROPOSAL_LABELS, SENTENCES, SUMMARY_LABELS

WISH_LABELS = {
    **PROPOSAL_LABELS,
    "size_min": Label("每单元村数下限", "Villages a unit, at least"),
    "size_max": Label("每单元村数上限", "Villages a unit, at most"),
    "limit_minutes": Label("到中心村车程上限（分钟）", "Minutes to the centre, at most"),
    "mode": Label("出行方式", "Mode"),
    "centres": Label("指定中心村编码（留空不限）", "Centres (codes; empty: any)"),
    "same_street": Label("同一街道（镇）", "Within one street (town)"),
    "together": Label("须同组的村（编码）", "Together (codes)"),
    "apart": Label("不得同组的村（编码）", "Apart (codes)"),
    "balance": Label("均衡什么", "What is spread evenly"),
    "balance_minutes": Label("每偏离一个平均村折合分钟", "Minutes that an average village off the mean counts for"),
    "max_access_m": Label("村到最近道路的最大距离（米）", "Distance to the nearest street, at most (m)"),
    "ferries": Label("乘坐轮渡", "Ferries"),
}
_UNIT = {
    "part": Label("方案单元（中心村编码）", "Part (its centre's code)"),
    "name": Label("单元", "Unit"),
    "centre": Label("中心村编码", "Centre"),
    "centre_name": Label("中心村", "Centre's name"),
}
PART_COLUMNS = {
    **_UNIT,
    "members": Label("成员村编码", "Members"),
    "villages": Label("村数", "Villages"),
    "minutes_max": Label("最远车程（分钟）", "Longest way (minutes)"),
    "minutes_mean": Label("平均车程（分钟，不含中心村）", "Mean way (minutes, without the centre)"),
    "minutes_sum": Label("车程合计（分钟）", "All ways (minutes)"),
    "population": Label("人口", "Population"),
    "households": Label("户数", "Households"),
    "elderly_60": Label("60岁以上", "Residents of 60 and older"),
    "missing_population": Label("人口缺失村数", "Villages without population on record"),
}
ROW_COLUMNS = {
    **_UNIT,
    "member": Label("成员村编码", "Member"),
    "member_name": Label("成员村", "Member's name"),
    "is_centre": Label("是否中心村", "Is the centre"),
    "minutes": Label("到中心村车程（分钟）", "Minutes to the centre"),
    "metres": Label("沿路距离（米）", "Metres along streets"),
    "access_m": Label("村到道路距离（米）", "From the village to its street (m)"),
    "route": Label("路线", "Route"),
}
SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "mode": Label("出行方式", "Mode"),
    "ferries": Label("乘坐轮渡", "Ferries"),
    "size_min": Label("每单元村数下限", "Villages a unit, at least"),
    "size_max": Label("每单元村数上限", "Villages a unit, at most"),
    "limit_minutes": Label("车程上限（分钟）", "Minutes, at most"),
    "villages": Label("村数", "Villages"),
    "assigned": Label("已编入村数", "Villages in a unit"),
    "units": Label("单元数", "Units"),
    "units_possible": Label("可行单元数（下限、上限）", "How many units there may be (least, most)"),
    "unassigned": Label("未编入的村", "Villages in no unit"),
    "minutes_sum": Label("车程合计（分钟）", "All ways (minutes)"),
    "minutes_max": Label("最远车程（分钟）", "Longest way (minutes)"),
    "minutes_mean": Label("平均车程（分钟，不含中心村）", "Mean way (minutes, without centres)"),
    "causes": Label("致使不可行的村", "Villages that cause it"),
    "binds": Label("受限原因", "What binds"),
    "relaxations": Label("最小放宽", "The smallest relaxations"),
    "nearest": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "notes": Label("说明", "Notes"),
    **SENTENCES,
}

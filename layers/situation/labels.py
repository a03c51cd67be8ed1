"""What the inputs and the figures of the analyses are called."""

from __future__ import annotations

from layers.catalogue import Label

INPUT_LABELS = {
    "as_of": Label("截至日期", "As of"),
    "basis": Label("口径", "Basis"),
    "within": Label("范围", "Within"),
    "min_households": Label("最少户数", "At least households"),
    "enclosure": Label("封闭情况", "Enclosure"),
    "share": Label("无物业楼栋占比不低于（0～1）", "At least this share of its buildings unmanaged (0-1)"),
    "by": Label("统计层级", "By"),
    "weight": Label("统计口径", "Counted by"),
    "from": Label("起始日期", "From"),
    "to": Label("截止日期", "To"),
}

SUMMARY_LABELS = {
    "as_of": Label("截至日期", "As of"),
    "basis": Label("口径", "Basis"),
    "weight": Label("统计口径", "Counted by"),
    "buildings": Label("楼栋数", "Buildings"),
    "households": Label("户数", "Households"),
    "households_missing": Label("缺户数的楼栋", "Buildings without households"),
    "known": Label("已摸排", "Known"),
    "unknown": Label("未摸排", "Unknown"),
    "total": Label("合计（纳入统计）", "Total in scope"),
    "left_out_without_households": Label("缺户数，未列入", "Skipped: no household count"),
    "by_status": Label("按状态", "By status"),
    "by_reason": Label("按原因", "By reason"),
    "managed": Label("有管理", "Managed"),
    "managed_estimated": Label("面积为估算的楼栋（有管理）", "Buildings with estimated floor area: managed"),
    "known_estimated": Label("面积为估算的楼栋（已摸排）", "Buildings with estimated floor area: known"),
    "total_estimated": Label("面积为估算的楼栋（合计）", "Buildings with estimated floor area: total"),
    "coverage": Label("覆盖率（有管理/已摸排）", "Coverage (managed/known)"),
    "known_share": Label("摸排率（已摸排/合计）", "Known share (known/total)"),
    "lower": Label("覆盖率下限", "Lower bound"),
    "upper": Label("覆盖率上限", "Upper bound"),
    "missing_weight": Label("缺该项数据的楼栋", "Buildings missing this figure"),
    "floor_area_estimated": Label("建筑面积为估算的楼栋", "Buildings with estimated floor area"),
    "by_class": Label("按图例分类", "By class of the legend"),
    "mode_mix_households": Label("各模式户数", "Households by mode"),
    "mode_mix_missing": Label("缺户数的有管理楼栋（按模式）", "Managed buildings without households, by mode"),
    "open_share": Label("开放式占比", "Open share"),
    "expiring": Label("即将到期", "Expiring"),
    "defects": Label("问题数", "Defects"),
    "newly_managed": Label("新纳管", "Newly managed"),
    "newly_unmanaged": Label("新脱管", "Newly unmanaged"),
    "appeared": Label("新增楼栋（有管理）", "Appeared, managed"),
    "disappeared": Label("减少楼栋（原有管理）", "Gone, was managed"),
    "became_known_managed": Label("后来得知：原已有管理", "Became known: was managed already"),
    "became_known_unmanaged": Label("后来得知：原已无管理", "Became known: was not managed"),
    "became_known_surveyed": Label("新摸排：无物业", "Became known: surveyed, unmanaged"),
    "reweighed": Label("持续有管理楼栋的数据增减", "Change in what stayed managed"),
    "changed_buildings": Label("变化楼栋数", "Buildings that changed"),
    "changed_missing_weight": Label("变化楼栋中缺该项数据的", "Changed buildings missing this figure"),
    "from": Label("期初", "Before"),
    "to": Label("期末", "After"),
    "by_kind": Label("按类别", "By kind"),
    "courtyards": Label("小区（楼院）数", "Courtyards"),
    "households_unmanaged": Label("其中无物业户数", "Households not managed"),
    "households_unmanaged_missing": Label("缺户数的无物业楼栋", "Unmanaged buildings without households"),
    "by_enclosure": Label("按封闭情况", "By enclosure"),
    "perhaps": Label("另有：若未摸排者均无物业则列入", "More, if all that is not surveyed were unmanaged"),
    "acceptance_recorded": Label("已登记达标验收", "Acceptances on record"),
}

# Figures of every summary and of what lies within one, also of those that have no label of their own there.
FIGURES = {
    **INPUT_LABELS,
    **SUMMARY_LABELS,
    "kind": Label("类别", "Kind"),
    "layer": Label("图层", "Layer"),
    "count": Label("数量", "Count"),
    "says": Label("条件", "Wish"),
    "most": Label("每岗位对象数上限", "Targets a post, at most"),
    "most_m": Label("距离上限（米）", "Metres away, at most"),
    "code": Label("编码", "Code"),
    "name": Label("名称", "Name"),
    "part": Label("建议项", "Part"),
    "community_code": Label("社区编码", "Community code"),
    "links": Label("可相连的道路", "Roads that would join it"),
    "shut_in": Label("被锁定的网格围住", "Shut in by grids that stay"),
    "widened_by": Label("较所求放宽（户）", "Wider than wished, by"),
}


def labels_of(*names: str) -> dict[str, Label]:
    """Return what the figures of a summary are called."""
    return {name: SUMMARY_LABELS[name] for name in names}

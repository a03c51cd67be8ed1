"""Who signs below a table, in a row of its own: 单位（盖章）：, 审批领导：李某, 填报日期：2025年7月1日."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layers.model.values.cells import fold

_SIGNED = re.compile(
    r".{0,8}(?:盖章|公章|签[字章名]|领导|负责人|主任|书记|科长|局长|经办人?|填[报表]|审[核批定]|制表|复核|校对|报送|上报|汇总人"
    r"|联系人|联系电话|单位|日期|时间)[^:]{0,6}:.*",
    re.DOTALL,
)
_ALONE = re.compile(
    r"(?:\d{4}|[x_]{2,4})?年(?:\d{1,2}|[x_]{1,2})?月(?:\d{1,2}|[x_]{1,2})?日|\(?(?:单位)?(?:盖章|公章|签[字章名])处?\)?"
)

# What else stands beside who signs: 截至2025年6月30日, 2025-06-30填报, 张某 13800000000.
_STATED = re.compile(r"(?:数据|统计|更新)?(?:截[至止]|统计至|更新至)(?:日期|时间|日|到)?:?\d{4}年?[\d年月日.\-/]*止?")
_BESIDE = re.compile(
    r"(?:\d{4}[年.\-/]\d{1,2}[月.\-/]\d{1,2}日?\D{0,4}|\d{4}年\d{1,2}月|\D{0,8}(?:\d{4}[年.\-/]\d{1,2}[月.\-/]\d{1,2}日?|1\d{10}|0\d{2,3}-?\d{7,8}))"
)


def is_signature(texts: Sequence[object]) -> bool:
    """Say whether the cells of a row that hold anything hold nothing but who signs, and on which day.

    Names and days stand in cells of their own too: 审批领导： | 李某 | 2025年7月1日.
    """
    words = [fold(each) if isinstance(each, str) else "" for each in texts]
    if not words or not all(words):
        return False
    if len(words) == 1 and _ALONE.fullmatch(words[0]):
        return True
    if len(words) > 1 and _STATED.fullmatch(words[0]):
        words = words[1:]
    kinds = (_SIGNED, _ALONE, _STATED, _BESIDE)
    return bool(_SIGNED.fullmatch(words[0])) and all(
        any(kind.fullmatch(each) for kind in kinds) or not any(map(str.isdigit, each)) for each in words
    )

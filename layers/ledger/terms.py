"""What stands beside the end of a contract, in its cell or in the remark: 到期继续服务, 顺延, 已解除."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from layers.model.values import half_width, parse_date, rough_date

CONTINUED, RENEWED, GONE = "continued", "renewed", "gone"
_SERVED_ON = r"(?:继续|持续|延续|事实)(?:提供|履行)?(?:物业|管理)?服务|继续(?:管理|履约)|事实物业"
_WORDS = {
    CONTINUED: re.compile(_SERVED_ON),
    GONE: re.compile(r"终止|解除|解约|中止|提前结束|撤[出离场管走]|已撤|退[出场]|弃管"),
    RENEWED: re.compile(r"顺延|续[签约期]|已续|延[期长]|自动延"),
}
# 不再继续服务, 拟续签, 是否顺延: said not to hold.
_NOT_SO = re.compile(r"(?:不|未|没|无|停止|拟|将|待|准备|协商|商谈|计划|是否|如|若)(?:再|能|予|有|在|正|正在)*$")
_BESIDE = re.compile(
    r"[(（\[【][^()（）\[\]【】]*[)）\]】]|[，,、;；\s]*(?:已?(?:到期|期满|届满)后?|[^\d年月日号(（至到]{2,12})$"
)
_DAY = re.compile(
    r"(?<!\d)(?:\d{4}年(?:\d{1,2}月(?:\d{1,2}日|底|末)?|底|末)?|\d{4}[.\-/]\d{1,2}(?:[.\-/]\d{1,2})?|20\d{6})(?!\d)"
)
# Whose going a remark tells of: the manager's, not that of the one before it.
_WENT = re.compile(
    r"(?:^|[，,；;。\s])(?:于?\d{4}[年.-]\d{0,2}[月.-]?(?:\d{1,2}日?|[初中底末])?)?(?:物业|公司|企业|该物业|物业公司|合同)?(?:已经?|于[^，,；;。]{1,14})?"
    r"(?:提前)?(?:终止(?:合同)?|解除(?:合同)?|解约|撤[出离场管走]|退[出场]|弃管)"
)


def beside_end(cell: str) -> tuple[str | None, str]:
    """Return what the words beside an end date say, and the cell without them; None where they say nothing of it."""
    text = half_width(cell).strip()
    rest = text
    while (shorter := _BESIDE.sub("", rest, count=1).strip()) != rest:
        rest = shorter.rstrip("到至 ")
    said = text.replace(rest, " ", 1) if rest else text
    return next((kind for kind, words in _WORDS.items() if _said(words, said)), None), rest


def later_day(text: str, end: dt.date) -> bool:
    """Say whether words name a day after the one on which a contract is said to end: 2026.2.28（续签至2029.2.28）."""
    for found in _DAY.finditer(half_width(text)):
        read = rough_date(found[0], True) or parse_date(found[0], True)
        if isinstance(read.value, dt.date) and read.value > end:
            return True
    return False


@lru_cache(maxsize=4096)
def in_remark(remark: str) -> str | None:
    """Return what a remark says of the contract of its row: that it is served on, or that its manager has gone."""
    text = half_width(remark)
    if _said(_WORDS[CONTINUED], text):
        return CONTINUED
    if _said(_WORDS[RENEWED], text):
        return RENEWED
    found = _WENT.search(text)
    return GONE if found and not re.search(r"现|新|接管|原", text) else None


def _said(words: re.Pattern[str], text: str) -> bool:
    return any(not _NOT_SO.search(text[: found.start()]) for found in words.finditer(text))

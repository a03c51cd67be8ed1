"""过渡期, 试运营, 应急 where offices write them: in a remark, or behind the mode."""

from __future__ import annotations

import re

from layers.catalogue import catalogue
from layers.model.values import half_width

# 过渡期已满, 试运营结束: the word is there, the stage is over.
_OVER = re.compile(r"已?(?:结束|届满|期满|过期|到期|转正|转为正式)|已满|已过|后转|未|不|无")
_BRACKETS = re.compile(r"[()（）\[\]【】,，、;；:：/\s+-]+")
# What is no stage of this contract though the word is there: 过渡安置房, 应急管理局家属院.
_WORDS = {
    "trial": r"过渡(?!安置|房|用房|性)|试运营|试用|试管",
    "emergency": r"应急(?!管理?[局部厅办委站]|管理中心|中心|预案|演练|通道|避难|物资|电话|队|车|局|办|站|指挥|广播|箱)",
}
_NUMBER = re.compile(r"^\(?\d{1,2}[、.:)\s]*(?=[^\W\d])")
_FRAME = re.compile(r"(?:物业)?(?:管理|服务|运作|运营|托管|接管|企业|公司|物业|小区)*(?:模式|方式|类型|形式|类|型)?$")
# 非过渡期, 曾为试运营, 拟转应急: said not to hold now.
_NOT_NOW = re.compile(
    r"(?:非|不是|不属于?|不在|未进入|没有|曾经?|原|以前|此前|拟|将|计划|准备|即将|待)(?:[为是系经处在于转入进]|属于)*$"
)


def stage_in_remark(remark: str) -> tuple[str | None, bool]:
    """Return the stage that a remark names, and whether it is in doubt (then the stage is None)."""
    named = [stage for stage, words in _WORDS.items() if _holding(words, remark)]
    if not named:
        return None, False
    if len(named) > 1 or _OVER.search(remark):
        return None, True
    return named[0], False


def stage_in_mode(mode: str) -> tuple[str | None, str | None]:
    """Split ``专业化（过渡期）`` into the mode's word and the stage; None for what is not there."""
    text = half_width(mode)
    stages = catalogue().layer("arrangements").field("stage").values
    for word, code in sorted(((w, s.code) for s in stages for w in s.words()), key=lambda pair: -len(pair[0])):
        place = text.find(word)
        if place < 0:
            continue
        if text[:place].endswith("非"):  # 专业化（非过渡期）
            return _BRACKETS.sub("", text.replace(f"非{word}", "", 1)) or None, "formal"
        if _NOT_NOW.search(text[:place]):
            return None, None
        return _BRACKETS.sub("", text.replace(word, "", 1)) or None, code
    return None, None


def bare_mode(mode: str) -> str:
    """Return a mode's word without its number and what offices put behind it: 1.专业化, 市场化运作, 兜底管理模式."""
    word = _FRAME.sub("", _NUMBER.sub("", half_width(mode).strip(), count=1)).strip()
    return word if word != half_width(mode).strip() else ""


def _holding(words: str, remark: str) -> bool:
    """Say whether one of the words stands where nothing before it says that it does not hold."""
    return any(not _NOT_NOW.search(remark[: found.start()]) for found in re.finditer(words, remark))

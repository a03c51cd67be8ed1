"""过渡期, 试运营, 应急 where offices write them: in a remark, or behind the mode."""

from __future__ import annotations

import re

from layers.catalogue import catalogue
from layers.model.values import half_width

# 过渡期已满, 试运营结束: the word is there, the stage is over.
_OVER = re.compile(r"已?(?:结束|届满|期满|过期|到期|转正|转为正式)|已满|已过|后转|未|不|无")
_BRACKETS = re.compile(r"[()（）\[\]【】,，、;；:：/\s+-]+")
_WORDS = {"trial": ("过渡", "试运营", "试用", "试管"), "emergency": ("应急",)}


def stage_in_remark(remark: str) -> tuple[str | None, bool]:
    """Return the stage that a remark names, and whether it is in doubt (then the stage is None)."""
    named = [stage for stage, words in _WORDS.items() if any(word in remark for word in words)]
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
        if word in text:
            return _BRACKETS.sub("", text.replace(word, "", 1)) or None, code
    return None, None

"""Invented names, and common ones that every Chinese town has."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DISTRICT = ("990201", "云澄区")
STREETS = (
    ("990201001", "望河街道"),
    ("990201002", "文澜街道"),
    ("990201003", "东屏街道"),
    ("990201100", "石岭镇"),
)

COMMUNITIES = {
    "990201001": _words("鼓楼 米市 望河 柳巷 山前 北园 书院 青桥 槐荫 北关"),
    "990201002": _words("和平 文澜 红星 纺织 南园 学府 新华 桃源 南关 向阳"),
    "990201003": _words("东屏 朝阳 锦程 滨江 翠湖 金桂 云澄 星河 东苑 海棠"),
}
VILLAGES = _words("""
    石岭 上沟 下沟 柿子峪 杏花岭 大泉 小泉 龙王庙 北崖 南崖 槐树底 桥头 黄草坡 李家洼 栗园 西坡 东坡
    水帘
    """)

ROADS = _words("""
    解放路 东风路 新华街 光明路 红旗路 健康路 育才路 青年路 劳动路 团结路 胜利街 幸福路 前进路 振兴路
    长安路 迎宾路 锦绣路 翠微路 银杏路 海棠路 云山路 丹桂路 紫薇路 翠屏路 兰亭路 望江路
    """)
LANES = _words("""
    柳树巷 米市巷 铁匠巷 书院巷 井台巷 槐荫巷 鼓楼巷 竹竿巷 豆腐巷 染坊巷 马号巷 磨坊巷 北仓巷 南仓巷
    石榴巷 文庙巷 桂花巷 粮库巷 酱园巷 油坊巷 当典巷 车站巷 水门巷 丁香巷 枣园巷 银杏巷 盐店巷 纸坊巷
    草市巷 剪子巷 香油巷 棋盘巷 状元巷 花园巷 戏楼巷 平安巷 吉祥巷 如意巷 永宁巷 同心巷 安康巷 金鱼巷
    玉带巷 松竹巷 兴隆巷 三元巷 太平巷 长春巷 万寿巷 荷花巷
    """)


def cycle(words: tuple[str, ...], number: int) -> str:
    """Return the word at `number`; the second time round it is called 二…, then 三….

    >>> cycle(("甲巷", "乙巷"), 3)
    '乙二巷'
    """
    turn, at = divmod(number, len(words))
    if turn == 0:
        return words[at]
    return words[at][:-1] + numeral(turn + 1) + words[at][-1]


def numeral(number: int) -> str:
    """Write 1-99 in Chinese numerals.

    >>> numeral(21)
    '二十一'
    """
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else digits[tens] + "十")
    return head + (digits[ones] if ones or not tens else "")


ESTATES = _words("""
    翠湖花园 锦程家园 滨江华庭 金桂苑 星河湾小区 海棠公寓 云澄新城 东苑小区 丽景苑 阳光花园 兰亭雅居
    书香苑 盛世家园 水岸名居 枫林苑 碧水苑 香樟园 紫薇园 馨宁苑 和谐家园 福满园 景秀苑 江南春小区 玉兰苑
    望江苑 丹桂园 雅园小区 天润华府 春晖小区 怡景苑 银杏园 御景台 绿洲小区 康乐小区 文华苑 祥和小区
    安居苑 新苑小区 嘉园小区 明珠小区 学府雅苑 清水湾小区 梧桐里小区 万和小区 聚福苑 吉庆里小区 凤栖苑
    长乐坊小区 城市花园 宜家苑 立春里小区 东方红小区
    """)
WORK_UNITS = _words("""
    棉纺厂 印染厂 机床厂 农机厂 化肥厂 水泥厂 造纸厂 酒厂 粮食局 供销社 邮电局 运输公司 建筑公司 商业局
    水利局 供电局 林业局 教育局 卫生局 糖酒公司 百货公司 食品厂 轴承厂 服装厂 电机厂 印刷厂 五金厂
    玻璃厂 皮革厂 物资局 煤炭公司 自来水厂 第一中学 人民医院 工商局 税务所 石油公司 丝织厂 搪瓷厂 木器厂
    """)
HOMES = ("宿舍", "家属院", "职工楼")
"""What people call a work unit's old compound."""


def courtyard_kind(year: int, turn: int) -> str:
    """Say what a compound is called by: "estate", "unit" or "street"; `turn` is a draw."""
    if year >= 1998:
        return "estate"
    return "unit" if turn % 5 < 2 else "street"


def courtyard_name(kind: str, street: str, number: int, turn: int) -> str:
    """Name a compound: an estate by a pleasant word, an old one by its work unit or its street.

    Parameters
    ----------
    street : str
        The nearest named street.
    number : int
        How many of this kind were named before; along one street for kind "street".
    turn : int
        A draw.
    """
    if kind == "estate":
        return _unit(ESTATES, number)
    if kind == "unit":
        return f"{_unit(WORK_UNITS, number)}{HOMES[turn % 3]}"
    return f"{street}{number * 11 + 1 + turn % 9}号院"


def _unit(words: tuple[str, ...], number: int) -> str:
    turn, at = divmod(number, len(words))
    return words[at] if turn == 0 else f"{words[at]}{numeral(turn + 1)}区"

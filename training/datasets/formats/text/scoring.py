"""How likely a text is one that people write in a language: what tells one encoding from another.

Every old encoding reads nearly every other's bytes as letters of some kind. What tells them apart
is which letters come, beside which others, and in which case.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# The most frequent characters, and those of what is photographed and counted.
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这中大来上个国和地到们说时为子你得着里后自以会家下而过天去能对小多然于心学之都好看起"
    "发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同手又行意动方期它头经长儿回位分老本因白"
    "车辆汽自行摩托公交卡货船飞机火猫狗咪鸟马牛羊猪鸡鸭鱼兔虎熊树花草果苹香蕉橙瓜杯子瓶盘碗筷刀叉勺桌椅床门窗"
    "灯书包箱鞋帽衣裤裙手脸眼头脚安全帽口罩烟雾红绿蓝黄黑白色标志路牌信号交通缺陷裂纹划痕孔洞气泡电池线钉螺丝"
    "男女童孩员工戴未无已正常异常品类别其他物体背景字数水空土山海木石米麦油盒布焊缝鳄蝴蝶虫蛇龟蜂图片像照截屏微信视频帧拍摄"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這中大來上個國和地到們說時為子你得著裡後自以會家下而過天去能對小多然於心學之都好看起"
    "發當沒成只如事把還用第樣道想作種開美總從無情己面最女但現前些所同手又行意動方期它頭經長兒回位分老本因白"
    "車輛汽自行腳踏摩托公交卡貨船飛機火貓狗咪鳥馬牛羊豬雞鴨魚兔虎熊樹花草果蘋香蕉橙瓜杯子瓶盤碗筷刀叉匙桌椅床門窗"
    "燈書包箱鞋帽衣褲裙手臉眼頭腳安全帽口罩煙霧紅綠藍黃黑白色標誌路牌信號交通缺陷裂紋劃痕孔洞氣泡電池線釘螺絲"
    "男女童孩員工戴未無已正常異常品類別其他物體背景字數水空土山海木石米麥油盒布缺損髒污刮凹圖片像照截螢幕影格拍攝"
)
_JAPANESE = frozenset(
    "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川"
    "千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨猫犬鳥馬牛豚鶏魚花草果物自転動船飛機道路標識信号"
    "灯机椅子窓戸箱靴帽服手顔目頭足赤緑青黄黒色背景正常異常不良品傷穴気泡電池線釘人物歩者子供大型小型機械部品"
    "瓶缶皿箸林檎桃柿梨茶米麦油紙布石空海画像写真撮影"
)
_HANGUL = frozenset(
    "이다는의에가을를은한고도로지하사기서자시대인어그해나리수정보있들일아것부전라과여게상스원주장제소만동안트"
    "마경거성구세조오국신우미연선모치비문유위중관개용방내생재무현양식차물공명결진바화산실회자면터말계회분금"
    "학년월강남녀람든적야단업파포호행각간건검감김까교규급길깨꽃끼난날널넓노농누눈늘니님당더던데돈돌두드등디때"
    "람래량러럭레력련령례론료루류르른름림마막많망매머먼메며명목못무미민밀박반발밤밥배백버번법벽변별병복본불붉"
    "빛빨뿐새색생석설성속손송순술숨쉬습승씨악알앞애약얼없에역연열영예온왕외요욕운울움원윈월의잎잔잡저절점접"
    "조족종좋죄증직질집짜째차착찬창처천철청체초최추출충취층치커컵코크타탁탐태택토통투특판팔패평표품풍피필하학"
    "함합항해향험헬호혼홍환활황효후훈휴흐흰희힘고양강아토끼새닭돼말소염곰호랑자버스택시트럭오토바퀴비행책상의"
)
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_GREEK = "αοιετσνηυρπκμλςάίόδγέήωχθφώβξζψύ"
_HEBREW = "ויהלאתרבשמנכפחדעקסגםטןצזץףך"
_ARABIC = "اليمنوتربعدسفهكةقحجشصأطخىضذزءغثظئإآؤ"
_THAI = "านรก่เ้องมลัวดยิสตทบีปค์หแุจพืชขูใไึผโซธ็ถฟศณษภฐะำ๊๋"
_WESTERN = "éèàùçâêîôûëïüöäßñáíóúãõåøæœšžýìò¿¡ÉÈÀÇÂÊÎÔÛËÏÜÖÄÑÁÍÓÚÃÕÅØÆŒŠŽ"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžőűäöüôßâîăşţĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰÄÖÜÔ"
_TURKISH = "çğıöşüâîûÇĞİÖŞÜ"
_PUNCTUATION = frozenset("“”‘’„‚«»–—…°©®€§·、。，！？：；（）「」『』《》【】・ー～×")
# Of a letter that is one of the script, of one that only may be, and of what people do not write.
_FREQUENT, _POSSIBLE, _STRANGE = 1.0, 0.3, -1.0
_PUNCTUATED = 0.2
# Spanish begins sentences with them.
_OPENING = frozenset("¿¡")
# Letters of another script in the middle of a word, or a capital after a small letter.
_MIXED = 0.8
# Names of classes are rarely in capitals, or of one letter.
_CAPITAL, _ALONE = 0.25, 0.3
# Of a system that is out of use.
_OUT_OF_USE = 0.1
# No language has both: Czech and Polish, read as western European, have.
_NEVER_TOGETHER = (("èìøùòï", "šžý"), ("ø", "èìùò"))


@dataclass(frozen=True)
class Candidate:
    """An encoding that a file may be in.

    Args:
        encoding: as Python calls it.
        score: of a text in it, by its letters; the higher, the likelier.
    """

    encoding: str
    score: Callable[[str], float]


def _mean(scores: Iterator[float]) -> float:
    found = list(scores)
    return sum(found) / len(found) if found else 0.0


def _pairs(codec: str, frequent: frozenset[str], leads: tuple[int, int]) -> Callable[[str], float]:
    """Of Chinese, Japanese and Korean: characters of one or two bytes, the usual by their first."""
    has_kana = frequent is _JAPANESE

    def of_letter(letter: str) -> float:
        if letter in frequent or (has_kana and "\u3041" <= letter <= "\u30fe"):
            return _FREQUENT
        if letter in _PUNCTUATION:
            return _PUNCTUATED
        code = letter.encode(codec, "ignore")
        is_usual = len(code) == 2 and leads[0] <= code[0] <= leads[1] and letter.isalpha()
        # A byte of its own is half a kana, which nobody writes; what is rare is hardly one's name.
        return _POSSIBLE if is_usual else _STRANGE / 2 if len(code) == 2 else _STRANGE

    def of_place(text: str, at: int) -> float:
        # Between two plain letters there is rather one of an alphabet, and what follows it.
        beside = text[at - 1 : at] + text[at + 1 : at + 2]
        is_between = len(beside) == 2 and beside.isascii() and beside.isalpha()
        return of_letter(text[at]) - _MIXED * is_between

    return lambda text: _mean(of_place(text, at) for at in range(len(text))
                              if not text[at].isascii())  # fmt: skip


def _alphabet(letters: str, *, joined: bool = True, prior: float = 0.0) -> Callable[[str], float]:
    """Of an alphabet of one byte a letter.

    Args:
        letters: by falling frequency, where words consist of them; else all that come.
        joined: whether words consist of such letters alone; else they are plain ones with accents.
        prior: what is taken off.
    """
    weight = {each: _FREQUENT - (0.6 * at / len(letters) if joined else 0.1)
              for at, each in enumerate(letters)}  # fmt: skip
    weight |= {each.upper(): value for each, value in weight.items() if len(each.upper()) == 1}

    def score(text: str) -> float:
        found = _mean(of_place(text, at) for at, each in enumerate(text) if not each.isascii())
        there = set(text)
        odd = any(there & set(one) and there & set(other) for one, other in _NEVER_TOGETHER)
        return found - prior - _MIXED / 2 * (odd and letters is _WESTERN)

    def of_place(text: str, at: int) -> float:
        letter, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
        beside = [each for each in (before, after) if each.isalpha()]
        if not letter.isalpha() and letter not in weight:
            return _PUNCTUATED if letter in _PUNCTUATION else _STRANGE
        if letter in _OPENING:
            return _STRANGE if before.isalpha() else _PUNCTUATED
        value = weight.get(letter, 0.0)
        if letter.isupper():
            value -= _MIXED * before.islower() + _CAPITAL * (joined and before.isupper())
        if joined:
            value -= _MIXED * any(each.isascii() for each in beside) + _ALONE * (not beside)
        elif len(beside) == 2 and not any(each.isascii() for each in beside):
            value -= _MIXED
        return value

    return score


# In the order that decides where two are as likely.
CANDIDATES = (
    Candidate("cp1252", _alphabet(_WESTERN, joined=False)),
    Candidate("gb18030", _pairs("gb2312", _SIMPLIFIED, (0xB0, 0xD7))),
    Candidate("cp932", _pairs("shift_jis", _JAPANESE, (0x88, 0x97))),
    Candidate("cp949", _pairs("euc_kr", _HANGUL, (0xB0, 0xC8))),
    Candidate("cp950", _pairs("big5", _TRADITIONAL, (0xA4, 0xC6))),
    Candidate("euc_jp", _pairs("euc_jp", _JAPANESE, (0xB0, 0xCF))),
    Candidate("cp1251", _alphabet(_RUSSIAN)),
    Candidate("koi8_r", _alphabet(_RUSSIAN, prior=_OUT_OF_USE)),
    Candidate("cp866", _alphabet(_RUSSIAN, prior=_OUT_OF_USE)),
    Candidate("cp1253", _alphabet(_GREEK)),
    Candidate("cp1255", _alphabet(_HEBREW)),
    Candidate("cp1256", _alphabet(_ARABIC)),
    Candidate("cp874", _alphabet(_THAI)),
    Candidate("cp1254", _alphabet(_TURKISH, joined=False)),
    Candidate("cp1250", _alphabet(_CENTRAL, joined=False)),
)


# Of two bytes a letter: other names for the same among them, as `--encoding` may say.
OF_PAIRS = frozenset({
    "gb18030", "gbk", "gb2312", "cp932", "shift_jis", "cp949", "euc_kr", "cp950", "big5",
    "big5hkscs", "euc_jp", "johab",
})  # fmt: skip
# UTF-8's characters of three bytes and more, as all Chinese, Japanese and Korean ones are.
_LONG = re.compile("[\u0800-\U0010ffff]")
# Letters that no usual language has, of those that UTF-8 writes with two bytes: four bytes of
# Chinese, such as GBK's of "image", make a Greek and a Latin one of them.
_UNUSUAL = re.compile(
    "[\u0180-\u019f\u01a2-\u01ae\u01b1-\u01cc\u01dd-\u0217\u021c-\u0253\u0255-\u0258\u025a"
    "\u025c-\u02ff\u0370-\u0383\u03d0-\u03ff\u0460-\u048f\u0700-\u07ff]"
)
# Of letters that are all among the usual ones.
_SURE = 0.95
# What consoles write, and so old zip tools: the format's own first.
OF_CONSOLES = (
    Candidate("cp437", _alphabet(_WESTERN, joined=False)),
    Candidate("cp850", _alphabet(_WESTERN, joined=False)),
    Candidate("cp852", _alphabet(_CENTRAL, joined=False)),
    Candidate("cp857", _alphabet(_TURKISH, joined=False)),
    Candidate("cp737", _alphabet(_GREEK)),
    Candidate("cp862", _alphabet(_HEBREW)),
    Candidate("cp720", _alphabet(_ARABIC)),
)


def has_long(text: str) -> bool:
    """Whether a text that was read as UTF-8 is that for sure, by characters of three bytes."""
    return _LONG.search(text) is not None


def is_unusual(text: str) -> bool:
    """Whether a text that was read as UTF-8 has letters that people hardly write.

    Example:
        >>> is_unusual("图片".encode("gbk").decode("utf-8")), is_unusual("Käse")
        (True, False)
    """
    return not has_long(text) and _UNUSUAL.search(text) is not None


def ranked(sample: bytes, candidates: Sequence[Candidate] = CANDIDATES) -> list[str]:
    """The encodings that a sample may be in, the likeliest first; none that cannot be it.

    Args:
        sample: whole lines.
        candidates: that are tried; of two that are as likely the first goes before.

    Example:
        >>> ranked("кошка".encode("cp1251"))[0]
        'cp1251'
    """
    return [encoding for _, encoding in _scored(sample, candidates)]


def sure_pairs(sample: bytes) -> str:
    """The encoding of two bytes a letter in which all of a sample is usual; empty where none is."""
    return next((encoding for score, encoding in _scored(sample, CANDIDATES)
                 if encoding in OF_PAIRS and score > _SURE), "")  # fmt: skip


def _scored(sample: bytes, candidates: Sequence[Candidate]) -> list[tuple[float, str]]:
    scores: list[tuple[float, str]] = []
    for each in candidates:
        try:
            score = each.score(sample.decode(each.encoding))
        except UnicodeDecodeError:
            continue
        if score > 0:
            scores.append((score, each.encoding))
    return sorted(scores, key=lambda each: -each[0])

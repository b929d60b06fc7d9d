"""What people call a CSV file's columns in other languages than English.

Compared without case, accents, spaces and signs. English names go before; what is taken by one of
these is told, since a word may mean something else in another language.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_WORDS: Mapping[str, str] = {
    "image":
        "dateiname datei bilddatei bildname bildpfad bild dateipfad foto fotoname "
        "nomfichier nomdufichier nomdefichier fichier nomimage nomdelimage cheminimage chemin "
        "nombrearchivo nombredearchivo nombredelarchivo archivo fichero imagen nombreimagen "
        "nombredeimagen nombredelaimagen ruta "
        "nomearquivo nomedoarquivo arquivo ficheiro nomedoficheiro imagem nomeimagem nomedaimagem "
        "nomefile immagine nomeimmagine percorso bestandsnaam bestand afbeelding "
        "nazwapliku plik obraz obrazek zdjecie nazevsouboru soubor obrazek snimek "
        "filnamn filnavn billede bilde billednavn tiedosto tiedostonimi kuva kuvanimi "
        "dosyaadi dosya resim resimadi goruntu fajlnev fajl kep namafile namaberkas berkas gambar "
        "имяфайла названиефайла файл изображение имяизображения картинка снимок кадр имяфото фото "
        "назвафайлу імяфайлу зображення αρχείο όνομααρχείου εικόνα שםקובץ קובץ תמונה "
        "اسمالملف الملف الصورة اسمالصورة ชื่อไฟล์ ไฟล์ ภาพ tentep tenanh anh "
        "文件名 文件名称 文件 文件路径 图片 图片名 图片名称 图片路径 图像 图像名 图像名称 影像 "
        "檔名 檔案名稱 檔案 圖片 圖片名稱 圖檔 影像名稱 "
        "ファイル名 ファイル 画像 画像名 画像ファイル 画像ファイル名 "
        "파일명 파일이름 파일 이미지 이미지명 이미지이름 사진",
    "class":
        "klasse klassenname klassen kategorie bezeichnung etikett objekt objektklasse objektart "
        "classe nomclasse nomdelaclasse categorie etiquette libelle objet "
        "clase nombreclase categoria etiqueta objeto rotulo etichetta oggetto "
        "klasa nazwaklasy kategoria etykieta obiekt trida stitek objekt klass kategori etikett "
        "luokka sinif sinifadi etiket nesne osztaly cimke kelas objek "
        "класс имякласса категория метка объект тип клас категорія мітка обєкт "
        "κλάση κατηγορία ετικέτα מחלקה קטגוריה תווית الفئة فئة التصنيف คลาส ประเภท ป้ายกำกับ "
        "lop nhan "
        "类别 类别名 类别名称 类 类名 标签 标签名 分类 名称 類別 類別名稱 標籤 分類 "
        "クラス クラス名 ラベル ラベル名 カテゴリ カテゴリー "
        "클래스 클래스명 라벨 레이블 카테고리 분류",
    "x_min": "links gauche izquierda esquerda sinistra слева лево 左 왼쪽 左上x xgauche xlinks",
    "y_min": "oben haut arriba topo cima alto sopra сверху верх 上 위 左上y yhaut yoben",
    "x_max": "rechts droite derecha direita destra справа право 右 오른쪽 右下x xdroite xrechts",
    "y_max": "unten bas abajo baixo basso sotto снизу низ 下 아래 右下y ybas yunten",
    "width": "breite bildbreite largeur ancho largura larghezza breedte szerokosc ширина "
             "宽 宽度 幅 너비 genislik bredd bredde",
    "height": "hohe hoehe bildhohe bildhoehe hauteur alto altura altezza hoogte wysokosc высота "
              "高 高度 高さ 높이 yukseklik hojd hojde hoyde",
    # English ones among them mean much else: their fields have to be splits, too.
    "split":
        "set partition datasplit dataset fold phase splitset splitname splittype datatype mode "
        "datensatz datensatzteil teilmenge aufteilung trennung datenteil "
        "sousensemble jeu jeudedonnees ensemble decoupage subconjunto conjunto conjuntodedatos "
        "particion division particao divisao sottoinsieme insieme suddivisione partizione "
        "deelverzameling dataverzameling verdeling podzbior zbior podzial delmangd uppdelning "
        "delmengde opdeling bolum altkume reszhalmaz halmaz "
        "выборка набор поднабор подмножество разбиение раздел вибірка набір підмножина "
        "σύνολο υποσύνολο 数据集 子集 划分 数据划分 集合 數據集 資料集 劃分 "
        "データセット 分割 区分 サブセット 데이터셋 데이터세트 분할 세트",
}  # fmt: skip


def plain(name: str) -> str:
    """A name without case, spaces and signs.

    Example:
        >>> plain("File_Name "), plain("Höhe (px)")
        ('filename', 'höhepx')
    """
    return re.sub(r"[\W_]", "", name.lower())


# Letters with a stroke, or without a dot, that Unicode does not take apart.
_PLAIN = str.maketrans({"\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0111": "d"})


def without_accents(name: str) -> str:
    """A name in letters alone: `ß` is `ss`, an accent is nothing.

    Example:
        >>> without_accents("Größe"), without_accents("Sous-ensemble")
        ('grosse', 'sousensemble')
    """
    apart = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    return plain("".join(each for each in apart if not unicodedata.combining(each)))


_MEANINGS = [(meaning, {without_accents(word): at for at, word in enumerate(words.split())})
             for meaning, words in _WORDS.items()]  # fmt: skip


def meanings_of(header: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
    """The columns that other languages' words name.

    Args:
        header: the columns' names.
        taken: the column of each meaning that is known already.

    Returns:
        The column of each further meaning; where two would be one, that of the likelier word.

    Example:
        >>> meanings_of(["Dateiname", "Klasse", "xmin"], {"x_min": "xmin"})
        {'image': 'Dateiname', 'class': 'Klasse'}
    """
    left = {name: without_accents(name) for name in header if name not in taken.values()}
    found: dict[str, str] = {}
    for meaning, words in _MEANINGS:
        there = sorted((words[word], name) for name, word in left.items()
                       if word in words and name not in found.values())  # fmt: skip
        if there and meaning not in taken:
            found[meaning] = there[0][1]
    return found

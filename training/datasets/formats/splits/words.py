"""What people call splits in other languages than English, and in names of several words.

Compared without case, accents, spaces and signs. A name of an image folder alone proves little:
`sibling_splits` takes it only beside one of another split.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from training.datasets.formats.csv_files.words import without_accents
from training.datasets.formats.files.file_index import parent, parents
from training.datasets.formats.splits.folders import split_of_folder, split_of_word, words_of

_WORDS: Mapping[str, str] = {
    "train":
        "train training trainset trainingset "
        "trainingsdaten trainingsbilder trainingssatz trainingsset trainingsmenge lerndaten "
        "entrainement apprentissage entrenamiento treino treinamento addestramento allenamento "
        "trainingsdata treningowy treningowe treningowa trening uczacy uczaca uczace "
        "trenovani trenovaci traning træning koulutus egitim tanito tanitas pelatihan latih "
        "обучение обучающая обучающий обучающие обучающаявыборка тренировка тренировочная "
        "тренировочный тренировочные трейн навчання навчальна навчальний тренувальна "
        "εκπαίδευση אימון تدريب التدريب huanluyen "
        "训练 训练集 训练数据 训练样本 训练图片 訓練 訓練集 訓練資料 訓練數據 "
        "学習 学習用 学習データ 訓練用 訓練データ トレーニング 훈련 훈련용 학습 학습용 학습데이터",
    "val":
        "val valid valset validset validationset "
        "validierung validierungsdaten validierungsbilder validierungssatz validierungsset "
        "validierungsmenge validationsdaten validacion validacao validazione convalida validatie "
        "evaluacion avaliacao valutazione walidacja walidacyjny walidacyjne walidacyjna validace "
        "validacni validering validointi dogrulama gecerleme validacio validalas validasi "
        "валидация валидационная валидационный валидационные валидационнаявыборка валідація "
        "валідаційна επικύρωση אימות تحقق التحقق "
        "验证 验证集 验证数据 验证样本 验证图片 驗證 驗證集 驗證資料 驗證數據 "
        "検証 検証用 検証データ バリデーション 검증 검증용 검증데이터",
    "test":
        "test testset testingset testdaten testbilder testsatz testmenge tests essai essais "
        "prueba pruebas teste testes prova testen testowy testowe testowa testovaci testovani "
        "testi testaus sinama teszt teszteles uji pengujian kiemtra "
        "тест тестовая тестовый тестовые тестоваявыборка тестирование тестова тестування "
        "δοκιμή בדיקה מבחן اختبار الاختبار "
        "测试 测试集 测试数据 测试样本 测试图片 測試 測試集 測試資料 測試數據 "
        "テスト テスト用 テストデータ 테스트 테스트용 테스트데이터",
}  # fmt: skip
_SPLITS = {without_accents(word): split for split, words in _WORDS.items()
           for word in words.split()}  # fmt: skip


def split_of_any_word(word: str) -> str | None:
    """The split that a whole name says, in English or another language.

    Example:
        >>> split_of_any_word("Validierung"), split_of_any_word("测试集"), split_of_any_word("Tor")
        ('val', 'test', None)
    """
    return split_of_word(word) or _SPLITS.get(without_accents(word))


@lru_cache(4096)
def split_among_words(name: str) -> str | None:
    """The split that a name says: as a whole, or by exactly one of its words.

    Example:
        >>> split_among_words("my_val_set"), split_among_words("train_or_test")
        ('val', None)
    """
    whole = split_of_folder(name) or split_of_any_word(name)
    if whole is not None:
        return whole
    found = [split for word in words_of(name) if (split := split_of_any_word(word))]
    return found[0] if len(found) == 1 else None


def sibling_splits(images: Iterable[str]) -> dict[str, str]:
    """The split of each folder that says one beside a folder that says another.

    Args:
        images: the images' paths from the root; folders around no image count for nothing.

    Example:
        >>> sibling_splits(["a/my_train_set/1.jpg", "a/my_test_set/2.jpg", "b/test_1/3.jpg"])
        {'a/my_test_set': 'test', 'a/my_train_set': 'train'}
    """
    folders = {each for folder in {parent(path) for path in images} for each in parents(folder)}
    by_parent: dict[str, dict[str, str]] = {}
    for folder in sorted(folders - {""}):
        split = split_among_words(folder.rpartition("/")[2])
        if split is not None:
            by_parent.setdefault(parent(folder), {})[folder] = split
    return {folder: split for found in by_parent.values() if len(set(found.values())) > 1
            for folder, split in found.items()}  # fmt: skip


def splits_around(path: str, siblings: Mapping[str, str]) -> tuple[str, ...]:
    """The splits that the folders around a file say, the innermost first.

    Args:
        path: from the root.
        siblings: as `sibling_splits` has them.
    """
    splits = (split_of_folder(each.rpartition("/")[2]) or siblings.get(each)
              for each in parents(parent(path)))  # fmt: skip
    return tuple(dict.fromkeys(filter(None, splits)))

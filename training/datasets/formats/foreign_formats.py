"""Label formats that are not read: how each is known, whose it is, and what to export instead."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from training.datasets.formats.coco.file import RESULTS, RESULTS_ADVICE

_JSON = (".json", ".ndjson", ".jsonl", ".manifest", ".vott", ".txt", "")
_TEXT = (".txt",)
_XML = (".xml",)


@dataclass(frozen=True)
class Foreign:
    """A format that is not read.

    Args:
        whose: what it is called, for a sentence.
        advice: which export is read, or how to make one.
        suffixes: of its files, in lower case.
        is_one: told by a file's beginning.
    """

    whose: str
    advice: str
    suffixes: tuple[str, ...]
    is_one: Callable[[bytes], bool]


def _keys(*wanted: str, one_of: tuple[str, ...] = ()) -> Callable[[bytes], bool]:
    """Whether all keys of JSON, and one of some more, are in a beginning."""

    def is_one(head: bytes) -> bool:
        there = [f'"{key}"'.encode() in head for key in wanted]
        return all(there) and (not one_of or any(f'"{key}"'.encode() in head for key in one_of))

    return is_one


def _are_results(head: bytes) -> bool:
    """Whether JSON begins with COCO results, bare or a record a line."""
    others = (f'"{key}"'.encode() in head for key in ("images", "annotations", "categories"))
    return _keys("image_id", "category_id", "score")(head) and not any(others)


def _lines(pattern: str) -> Callable[[bytes], bool]:
    """Whether a text begins with lines of a pattern."""
    compiled = re.compile(pattern.encode(), re.MULTILINE)
    return lambda head: compiled.match(head.lstrip(b"\xef\xbb\xbf\r\n ")) is not None


def _columns(*wanted: str) -> Callable[[bytes], bool]:
    """Whether a file's first line names these columns."""
    return lambda head: all(name.encode() in head.partition(b"\n")[0] for name in wanted)


def _one_column(*names: str) -> Callable[[bytes], bool]:
    """Whether a file's first line has a column of one of these names, in small letters."""

    def is_one(head: bytes) -> bool:
        first = head.partition(b"\n")[0].decode("utf-8", "replace").lower()
        return bool({field.strip(' "\r\ufeff') for field in re.split("[,;\t]", first)} & set(names))

    return is_one


def _tags(root: str, inner: str) -> Callable[[bytes], bool]:
    """Whether XML begins with two elements."""
    found = [re.compile(rb"<%s[\s/>]" % name.encode()) for name in (root, inner)]
    return lambda head: all(each.search(head) for each in found)


_NUMBER = r"-?\d+(?:\.\d+)?"
_COCO = "export it as COCO JSON"
_PANOPTIC = "take instances_*.json of the same images, which has the boxes"
FOREIGN = (
    Foreign("VoTT's JSON", "in VoTT, export as comma separated values (CSV) or Pascal VOC", _JSON,
            _keys("assets", one_of=("boundingBox", "regions", "securityToken", "asset"))),
    Foreign("VoTT 1's JSON", "export it there as Pascal VOC or TFRecord", _JSON,
            _keys("frames", one_of=("framerate", "inputTags", "visitedFrames"))),
    Foreign("CreateML's JSON", "export it as COCO JSON, Pascal VOC or YOLO (Roboflow and RectLabel "
            "offer all)", _JSON, _keys("annotations", "coordinates", "label")),
    Foreign("Labelbox's export", "convert it to COCO JSON, such as with FiftyOne "
            "(fiftyone.utils.labelbox.import_from_labelbox, then export COCODetectionDataset)",
            _JSON, _keys("data_row", one_of=("media_attributes", "projects", "global_key"))),
    Foreign("Labelbox's old export", "convert it to COCO JSON, such as with FiftyOne", _JSON,
            _keys("Labeled Data", "Label")),
    Foreign("COCO's panoptic JSON", _PANOPTIC, _JSON, _keys("segments_info")),
    # Of a large one only the categories are seen, which others' boxes may have as well.
    Foreign("COCO's panoptic JSON", _PANOPTIC, (".json",), _keys("isthing")),
    Foreign(RESULTS, RESULTS_ADVICE, _JSON, _are_results),
    Foreign("Supervisely's project", "in Supervisely, run the app Export to COCO", _JSON,
            _keys("classTitle", one_of=("geometryType", "points"))),
    Foreign("Supervisely's project", "in Supervisely, run the app Export to COCO", _JSON,
            _keys("classes", "tags", one_of=("projectType", "projectSettings"))),
    Foreign("V7 Darwin's JSON", "in V7, export as COCO, or run `darwin convert coco`", _JSON,
            _keys("item", "annotations", one_of=("schema_ref", "slots", "source_info"))),
    Foreign("Encord's JSON", f"in Encord, {_COCO}", _JSON,
            _keys("data_units", one_of=("label_hash", "data_hash", "object_answers"))),
    Foreign("Hasty's JSON", f"in Hasty (CloudFactory), {_COCO}", _JSON,
            _keys("export_format_version", "images")),
    Foreign("Dataloop's JSON", f"in Dataloop, {_COCO}, YOLO or Pascal VOC", _JSON,
            _keys("annotations", one_of=("itemId", "datasetId"))),
    Foreign("SageMaker Ground Truth's manifest", "convert its boxes to COCO JSON, or to a CSV of "
            "image,class,left,top,width,height", _JSON, _keys("source-ref")),
    Foreign("a file of Vertex AI's JSON lines", "convert its boxes to COCO JSON", _JSON,
            _keys(one_of=("imageGcsUri", "boundingBoxAnnotations"))),
    Foreign("a file of Scale AI's tasks", f"in Scale, {_COCO}", _JSON,
            _keys("task_id", one_of=("response", "params"))),
    Foreign("Kili's export", "in Kili, export as COCO, YOLO or Pascal VOC", _JSON,
            _keys(one_of=("jsonResponse", "json_response"))),
    Foreign("SuperAnnotate's JSON", f"in SuperAnnotate, {_COCO}", _JSON,
            _keys("instances", one_of=("className", "classId"))),
    Foreign("Datumaro's JSON", "run `datum convert -f coco`", _JSON,
            _keys("items", "categories")),
    Foreign("FiftyOne's data set", "export it with dataset_type=fiftyone.types."
            "COCODetectionDataset", _JSON, _keys("samples", one_of=("_media_type", "filepath"))),
    Foreign("a file of Prodigy's JSON lines", "convert its spans to COCO JSON", _JSON,
            _keys("spans", one_of=("_input_hash", "_task_hash"))),
    Foreign("Azure Custom Vision's regions", "convert them (shares of the image: left, top, width, "
            "height) to a CSV of image,class,left,top,width,height, or to COCO JSON", _JSON,
            _keys("tagName", one_of=("regions", "originalImageUri", "regionId"))),
    Foreign("FiftyOne's image detection labels", "export them with dataset_type=fiftyone.types."
            "COCODetectionDataset", _JSON, _keys("classes", "labels", "bounding_box")),
    Foreign("CrowdHuman's lines", "convert them to COCO JSON (MMDetection's and YOLOX's tools do)",
            (".odgt", *_JSON), _keys("gtboxes")),
    Foreign("TT100K's JSON", "convert it to COCO JSON", _JSON, _keys("imgs", "objects", "bbox")),
    Foreign("Edge Impulse's labels", "write its boxes as a CSV of image,class,x,y,width,height",
            (".labels", *_JSON), _keys("boundingBoxes")),
    Foreign("Ultralytics' NDJSON", "convert it to YOLO (convert_ndjson_to_yolo of "
            "ultralytics.data.converter)", _JSON,
            _keys("class_names", "task", one_of=("version", "dataset"))),
    Foreign("nuImages' tables", "convert them to COCO JSON with the nuscenes-devkit", _JSON,
            _keys("sample_data_token", "category_token")),
    Foreign("sloth's JSON", "convert it to COCO JSON", _JSON,
            _keys("class", "filename", "annotations", one_of=("rect", "unlabeled"))),
    Foreign("a file of EuroCity Persons' labels", "convert all to COCO JSON", _JSON,
            _keys("identity", "children", "x0")),
    Foreign("IBM Cloud Annotations' JSON", "write its boxes (shares of the image) as a CSV of "
            "image,class,x1,y1,x2,y2", _JSON, _keys("localization", "annotations")),
    Foreign("Unity Perception's frames", "convert them to COCO JSON (pysolotools does)", _JSON,
            _keys("captures", "annotations")),
    Foreign("MMDetection's middle format", "convert it to COCO JSON", _JSON,
            _keys("ann", "bboxes", "labels")),
    Foreign("Detectron2's records", "convert them to COCO JSON (its convert_to_coco_json does)",
            _JSON, _keys("bbox_mode")),
    Foreign("a file of BDD100K's labels", "run bdd100k.label.to_coco of its toolkit", _JSON,
            _keys("labels", "box2d")),
    Foreign("a file of Cityscapes' polygons", "convert them to COCO JSON", _JSON,
            _keys("imgHeight", "imgWidth", "objects")),
    Foreign("VGG Image Annotator 3's project", "export it as COCO JSON, or label in version 2",
            _JSON, _keys("metadata", one_of=("vid", "vid_list"))),
    Foreign("a file of Dataturks' JSON lines", "convert them to COCO JSON", _JSON,
            _keys("content", "annotation", one_of=("extras", "metadata"))),
    Foreign("a file of Azure ML's JSON lines", f"in Azure ML's data labelling, {_COCO}", _JSON,
            _keys("image_url", one_of=("topX", "image_details"))),
    Foreign("Hugging Face's metadata.jsonl", "convert it to COCO JSON", _JSON,
            _keys("file_name", "objects", one_of=("bbox", "categories", "category"))),
    Foreign("a file of JSON lines for a vision language model", f"in Roboflow, {_COCO}", _JSON,
            _keys("image", "prefix", "suffix")),
    Foreign("Label Studio's CSV", "in Label Studio, export as JSON", (".csv", ".tsv"),
            _columns("annotation_id", "lead_time")),
    Foreign("Labelbox's CSV", "convert it to COCO JSON, such as with FiftyOne", (".csv",),
            _columns("DataRow ID", "Label")),
    Foreign("VGG Image Annotator 3's CSV", "export it as COCO JSON, or label in version 2",
            (".csv",), lambda head: b"spatial_coordinates" in head),
    Foreign("Roboflow's multi-label classes of whole images", "in Roboflow, make the project "
            "one of object detection, or export its boxes", (".csv",),
            _lines(r"filename(?:, [^,\r\n]+)+\r?\n[^,\r\n]+(?:, [01])+\r?$")),
    # A score of 0 or 1, a category of 0 to 11, truncation and occlusion; gt.txt has a track's
    # number after the frame's, and a share in its last field.
    Foreign("a label file of VisDrone's", "convert all to YOLO (ultralytics' VisDrone.yaml does) "
            "or COCO JSON", _TEXT,
            _lines(r"(?:\d+,\d+,\d+,\d+,[01],(?:\d|1[01]),[01],[012],?\r?$)")),
    Foreign("MOTChallenge's gt.txt", "convert it to COCO JSON (TrackEval and MMTracking do)",
            _TEXT, _lines(rf"(?:\d+,-?\d+(?:,{_NUMBER}){{4,8}}\s*$)")),
    Foreign("a label file of DOTA's", "convert all to YOLO (ultralytics' convert_dota_to_yolo_obb) "
            "or COCO JSON", _TEXT,
            _lines(rf"(?:imagesource:.*\n)?(?:gsd:.*\n)?{_NUMBER}(?: {_NUMBER}){{7}} "
                   r"[^\d\s]\S* [012]\s*$")),
    Foreign("WIDER FACE's list", "convert it to COCO JSON", _TEXT,
            _lines(r"\S.*\.jpe?g\s*\r?\n\d+\s*\r?\n(?:\d+ ){9}")),
    Foreign("a label file of the OIDv4 ToolKit's", "write all as one CSV of "
            "image,class,xmin,ymin,xmax,ymax", _TEXT,
            _lines(rf"[^\d\s][^\d\r\n]*(?: {_NUMBER}){{4}}\s*$")),
    Foreign("keras-yolo3's list", "write it as a CSV of image,xmin,ymin,xmax,ymax,class", _TEXT,
            _lines(r"\S+\.(?:jpe?g|png|bmp)(?: \d+,\d+,\d+,\d+,\d+)+\s*$")),
    Foreign("ICDAR's boxes of text", "write all as COCO JSON, their four corners as segmentation",
            _TEXT, _lines(r"(?:-?\d+,\s?){8}[^\r\n]*$")),
    Foreign("a label file of the PASCAL challenge's first version", "convert all to Pascal VOC's "
            "XML or COCO JSON", _TEXT, _lines(r"# Compatible with PASCAL Annotation Version")),
    Foreign("the Stanford Drone data set's tracks", "convert them to COCO JSON", _TEXT,
            _lines(r"\d+(?: \d+){8} \"[^\"]+\"\s*$")),
    Foreign("a label file of WiderPerson's", "convert all to YOLO or COCO JSON", _TEXT,
            _lines(r"\d+\s*\r?\n[1-5](?: \d+){4}\s*$")),
    Foreign("a label file of BBox-Label-Tool's", "write all as one CSV of "
            "image,class,xmin,ymin,xmax,ymax", _TEXT,
            _lines(r"\d+\s*\r?\n\d+(?: \d+){3}(?: [^\d\s]\S*)?\s*$")),
    Foreign("a list of images, corners and classes, such as GTSDB's", "call it .csv, and write "
            "its fields' names into a first line, such as image;xmin;ymin;xmax;ymax;class", _TEXT,
            _lines(rf"[^\s,;]+\.(?:jpe?g|png|ppm|bmp)(?:[,;\t ]{_NUMBER}){{4}}"
                   r"[,;\t ][^,;\t ]+\s*$")),
    Foreign("run lengths of masks, as Kaggle's competitions have them", "convert them to COCO "
            "JSON, whose masks may be run lengths", (".csv",),
            _one_column("encodedpixels", "rle", "rle_mask", "rlemask")),
    Foreign("dlib's imglab XML", "write its boxes as a CSV of image,class,left,top,width,height",
            _XML, _tags("dataset", "images")),
    Foreign("UA-DETRAC's XML", "convert it to COCO JSON", _XML, _tags("sequence", "target_list")),
    Foreign("Colabeler's XML", "in Colabeler, export as Pascal VOC", _XML, _tags("doc", "outputs")),
    Foreign("a MATLAB file", "write its boxes as a CSV of image,class,xmin,ymin,xmax,ymax",
            (".mat",), lambda _head: True),
    Foreign("a Parquet or Arrow table", "write its images and boxes as COCO JSON",
            (".parquet", ".arrow"), lambda _head: True),
    Foreign("the Caltech pedestrians' annotations", "convert them to COCO JSON", (".vbb",),
            lambda _head: True),
    Foreign("a Python pickle, such as MMDetection's", "write its boxes as COCO JSON; it is not "
            "opened, since it runs what it holds", (".pkl", ".pickle"), lambda _head: True),
    Foreign("MXNet's RecordIO", "write its images and boxes as COCO JSON", (".rec",),
            lambda _head: True),
)  # fmt: skip


def foreign_text(head: bytes) -> Foreign | None:
    """Whose a text file is by its beginning; None where it is nobody's that is known."""
    return next((each for each in FOREIGN if each.suffixes is _TEXT and each.is_one(head)), None)


def is_foreign(head: bytes) -> bool:
    """Whether a JSON file's beginning is of a format that is not read, and has COCO's words too."""
    return any(each.is_one(head) for each in FOREIGN if each.suffixes is _JSON)

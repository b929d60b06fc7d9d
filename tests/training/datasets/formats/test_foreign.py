"""Label formats that are not read are known, and a sentence says which export is."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import read_dataset

VOTT = {
    "name": "p",
    "securityToken": "t",
    "assets": {
        "x": {
            "asset": {"name": "a.jpg", "size": {"width": 48, "height": 32}},
            "regions": [
                {"type": "RECTANGLE", "tags": ["cup"], "boundingBox": {"left": 6, "top": 8}}
            ],
        }
    },
}
CREATE_ML = [
    {
        "image": "a.jpg",
        "annotations": [
            {"label": "cup", "coordinates": {"x": 15, "y": 16, "width": 18, "height": 16}}
        ],
    }
]
LABELBOX = {
    "data_row": {"id": "c", "external_id": "a.jpg"},
    "media_attributes": {"height": 32, "width": 48},
    "projects": {},
}
PANOPTIC = {
    "images": [],
    "annotations": [{"segments_info": [], "file_name": "a.png"}],
    "categories": [],
    "info": {},
}
SUPERVISELY = {
    "description": "",
    "tags": [],
    "size": {"height": 32, "width": 48},
    "objects": [
        {
            "classTitle": "cup",
            "geometryType": "rectangle",
            "points": {"exterior": [[6, 8], [24, 24]]},
        }
    ],
}
DARWIN = {
    "version": "2.0",
    "schema_ref": "https://x/darwin_json/2.0/schema.json",
    "item": {"name": "a.jpg", "slots": []},
    "annotations": [],
}
ENCORD = [{"label_hash": "h", "data_hash": "h", "data_title": "a.jpg", "data_units": {}}]
HASTY = {"project_name": "p", "export_format_version": "1.1", "label_classes": [], "images": []}
DATALOOP = {"filename": "/a.jpg", "itemId": "i", "datasetId": "d", "annotations": []}
MANIFEST = {"source-ref": "s3://bucket/a.jpg", "bounding-box": {"annotations": []}}
VERTEX = {"imageGcsUri": "gs://bucket/a.jpg", "boundingBoxAnnotations": []}
SCALE = [{"task_id": "t", "response": {"annotations": []}, "params": {}}]
KILI = [{"externalId": "a", "labels": [{"jsonResponse": {"JOB": {}}}]}]
SUPERANNOTATE = {"metadata": {"name": "a.jpg"}, "instances": [{"type": "bbox", "className": "c"}]}
FIFTYONE = {"samples": [{"filepath": "data/a.jpg", "_media_type": "image"}]}
BDD = [{"name": "a.jpg", "labels": [{"category": "car", "box2d": {"x1": 1}}]}]
DATATURKS = {"content": "a.jpg", "annotation": [{"label": ["cup"]}], "extras": None}
AZURE = {"image_url": "AmlDatastore://x/a.jpg", "label": [{"label": "cup", "topX": 0.1}]}
HUGGING_FACE = {"file_name": "a.jpg", "objects": {"bbox": [[6, 8, 18, 16]], "categories": [0]}}
PALIGEMMA = {"image": "a.jpg", "prefix": "detect cup", "suffix": "<loc0256> cup"}
DATUMARO = {"info": {}, "categories": {"label": {"labels": []}}, "items": []}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p-export.json", VOTT, ["VoTT", "CSV", "Pascal VOC"]),
        ("_annotations.createml.json", CREATE_ML, ["CreateML", "COCO"]),
        ("export.ndjson", LABELBOX, ["Labelbox", "COCO"]),
        ("panoptic_val2017.json", PANOPTIC, ["panoptic", "instances_"]),
        ("a.jpg.json", SUPERVISELY, ["Supervisely", "COCO"]),
        ("a.json", DARWIN, ["Darwin", "COCO"]),
        ("encord.json", ENCORD, ["Encord", "COCO"]),
        ("hasty.json", HASTY, ["Hasty", "COCO"]),
        ("a.json", DATALOOP, ["Dataloop", "COCO"]),
        ("output.manifest", MANIFEST, ["SageMaker", "COCO"]),
        ("data.jsonl", VERTEX, ["Vertex AI", "COCO"]),
        ("tasks.json", SCALE, ["Scale", "COCO"]),
        ("kili.json", KILI, ["Kili", "COCO"]),
        ("a.json", SUPERANNOTATE, ["SuperAnnotate", "COCO"]),
        ("samples.json", FIFTYONE, ["FiftyOne", "COCO"]),
        ("det_train.json", BDD, ["BDD100K", "to_coco"]),
        ("default.json", DATUMARO, ["Datumaro", "coco"]),
        ("dataturks.json", DATATURKS, ["Dataturks", "COCO"]),
        ("train.jsonl", AZURE, ["Azure ML", "COCO"]),
        ("metadata.jsonl", HUGGING_FACE, ["Hugging Face", "COCO"]),
        ("train.jsonl", PALIGEMMA, ["vision language", "COCO"]),
        ("project-1.csv", "annotation_id,annotator,id,image,label,lead_time\n1,1,1,a.jpg,x,2\n",
         ["Label Studio's CSV", "JSON"]),
        ("export.csv", "ID,DataRow ID,Labeled Data,Label\n1,2,a.jpg,{}\n", ["Labelbox", "COCO"]),
        ("via3.csv", '# CSV_HEADER = metadata_id,file_list,flags,spatial_coordinates,metadata\n',
         ["VGG Image Annotator 3", "COCO"]),
        ("0000001.txt", "6,8,18,16,1,4,0,0\n26,8,18,16,0,11,0,2\n", ["VisDrone", "YOLO"]),
        ("0000002.txt", "6,8,18,16,1,4,0,1,\r\n", ["VisDrone", "YOLO"]),
        ("Label/a.txt", "Traffic light 6.0 8.5 24.0 24.0\n", ["OIDv4 ToolKit", "CSV"]),
        ("_classes.csv", "filename, cat, dog\na.jpg, 0, 1\n", ["whole images", "detection"]),
        ("gt.txt", "1,1,6,8,18,16,1,1,0.9\n2,1,7,8,18,16,1,1,1\n", ["MOTChallenge", "COCO"]),
        ("0000001_02999_d_0000005.txt", "684,8,273,116,0,0,0,0\n406,119,265,70,1,4,0,2\n",
         ["VisDrone", "YOLO"]),
        ("9999.txt", "510,314,60,120,1,11,1,1,\n", ["VisDrone", "YOLO"]),
        ("det.txt", "1,-1,794,247,71,174,1,0\n", ["MOTChallenge"]),
        ("det.txt", "1,-1,794.2,247.5,71.2,174.8,0.9,-1,-1,-1\n", ["MOTChallenge"]),
        ("P0001.txt", "imagesource:GoogleEarth\ngsd:0.1\n6 8 24 8 24 24 6 24 ship 0\n",
         ["DOTA", "YOLO"]),
        ("P0001.txt", "6.0 8.0 24.0 8.0 24.0 24.0 6.0 24.0 small-vehicle 1\n", ["DOTA", "YOLO"]),
        ("wider_face_train_bbx_gt.txt", "0--P/a.jpg\n1\n6 8 18 16 0 0 0 0 0 0 \n", ["WIDER FACE"]),
        ("train.txt", "a.jpg 6,8,24,24,0 1,1,2,2,1\n", ["keras-yolo3", "CSV"]),
        ("customvision.json", [{"tagName": "cup", "regions": []}], ["Custom Vision", "CSV"]),
        ("labels.json", {"classes": ["c"], "labels": {"a": [{"bounding_box": [0.1]}]}},
         ["FiftyOne's image detection", "COCO"]),
        ("annotation_train.odgt", '{"ID": "a", "gtboxes": []}\n', ["CrowdHuman", "COCO"]),
        ("annotations.json", {"imgs": {"1": {"objects": [{"bbox": {}}]}}}, ["TT100K", "COCO"]),
        ("bounding_boxes.labels", {"version": 1, "boundingBoxes": {}}, ["Edge Impulse", "CSV"]),
        ("set.ndjson", '{"type": "dataset", "task": "detect", "class_names": {}, "version": 1}\n',
         ["Ultralytics' NDJSON", "YOLO"]),
        ("_annotations.json", {"version": "1.0", "type": "localization", "annotations": {}},
         ["IBM Cloud Annotations", "CSV"]),
        ("training.xml", "<dataset><images><image file='a.jpg'/></images></dataset>",
         ["dlib", "CSV"]),
        ("MVI.xml", '<sequence name="MVI"><frame><target_list/></frame></sequence>',
         ["UA-DETRAC", "COCO"]),
        ("gt_img_1.txt", "\ufeff377,117,463,117,465,130,378,130,Genaxis Theatre\n", ["ICDAR"]),
        ("p.txt", "# Compatible with PASCAL Annotation Version 1.00\n", ["PASCAL", "VOC"]),
        ("annotations.txt", '0 20 10 60 50 0 0 0 0 "Biker"\n', ["Stanford Drone", "COCO"]),
        ("gt.txt", "a.jpg 6 8 24 24 cup\nb.jpg 6 8 24 24 cup\n", ["GTSDB", "image;xmin;ymin"]),
        ("masks.csv", "ImageId,EncodedPixels\na.jpg,1 2 3 4\n", ["run lengths", "COCO"]),
        ("ann.json", [{"filename": "a.jpg", "ann": {"bboxes": [], "labels": []}}],
         ["MMDetection", "COCO"]),
        ("d.json", [{"file_name": "a.jpg", "annotations": [{"bbox_mode": 0}]}], ["Detectron2"]),
        ("Labels/a.txt", "1\n6 8 24 24\n", ["BBox-Label-Tool", "CSV"]),
        ("train.pkl", "x", ["pickle", "COCO"]),
        ("labels.mat", "MATLAB 5.0 MAT-file", ["MATLAB", "CSV"]),
        ("part.parquet", "PAR1", ["Parquet", "COCO"]),
        ("inner.zip", "PK", ["is an archive; name it"]),
        ("boxes.csv", "foto,was,links,oben\na.jpg,cup,6,8\n", ["foto, was, links", "--columns"]),
    ],
)  # fmt: skip
def test_a_foreign_export_is_named_with_the_one_to_choose(
    name: str, content: Any, words: list[str], tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    for path in (tmp_path, tmp_path / name):
        if path.suffix == ".zip":
            continue
        with pytest.raises(DatasetError) as caught:
            read_dataset(path)
        for word in (*words, str(tmp_path / name)):
            assert word in str(caught.value)


def test_a_large_panoptic_file_is_known_by_its_end(tmp_path: Path) -> None:
    images = [{"id": number, "file_name": f"{number}.jpg"} for number in range(500)]
    marked = [{"image_id": number, "segments_info": []} for number in range(500)]
    classes = [{"id": number, "name": f"c{number}", "isthing": 1} for number in range(500)]
    content = {"images": images, "annotations": marked, "categories": classes}
    (tmp_path / "panoptic_val2017.json").write_text(json.dumps(content))
    with pytest.raises(DatasetError, match="panoptic JSON, which is not read: take instances_"):
        read_dataset(tmp_path)


def test_coco_whose_categories_say_what_are_things_is_read(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 48, "height": 32}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 8, 18, 16]}],
        "categories": [{"id": 1, "name": "cup", "isthing": 1}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    assert read_dataset(tmp_path).object_count == 1


def test_images_alone_an_empty_folder_and_unknown_files_say_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is empty; a folder of images"):
        read_dataset(tmp_path)
    image_file(tmp_path / "cats", "a.jpg")
    image_file(tmp_path / "dogs", "b.jpg")
    (tmp_path / "README.md").write_text("# Photos")
    with pytest.raises(
        DatasetError, match=r"no annotations; their folders \(cats, dogs\) look like"
    ):
        read_dataset(tmp_path)
    (tmp_path / "notes.doc").write_text("x")
    with pytest.raises(DatasetError, match=r"looks like none .*it has 2 images .*notes\.doc"):
        read_dataset(tmp_path)


def test_json_of_no_tool_says_its_keys(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    content = {"a.jpg": [{"tag": "cup", "area_px": [6, 8, 24, 24]}]}
    (tmp_path / "mine.json").write_text(json.dumps(content))
    words = (
        r"mine.json is JSON of no tool that is known, with a.jpg, tag, area_px: convert it to COCO"
    )
    with pytest.raises(DatasetError, match=words):
        read_dataset(tmp_path)

"""The Object Detection API's names of features.

Source: object_detection/data_decoders/tf_example_decoder.py and
object_detection/dataset_tools/create_coco_tf_record.py.
"""

HEIGHT = "image/height"
WIDTH = "image/width"
FILENAME = "image/filename"
SOURCE_ID = "image/source_id"
SHA256 = "image/key/sha256"
ENCODED = "image/encoded"
FORMAT = "image/format"

# In 0..1.
Y_MIN = "image/object/bbox/ymin"
X_MIN = "image/object/bbox/xmin"
Y_MAX = "image/object/bbox/ymax"
X_MAX = "image/object/bbox/xmax"
LABEL = "image/object/class/label"
TEXT = "image/object/class/text"
DIFFICULT = "image/object/difficult"
TRUNCATED = "image/object/truncated"
IS_CROWD = "image/object/is_crowd"
# In pixels.
AREA = "image/object/area"
# A PNG an object, over the whole image.
MASK = "image/object/mask"

# All objects' points after one another, in 0..1; as many an object.
KEYPOINT_X = "image/object/keypoint/x"
KEYPOINT_Y = "image/object/keypoint/y"
KEYPOINT_VISIBILITY = "image/object/keypoint/visibility"
KEYPOINT_TEXT = "image/object/keypoint/text"
# How many of an object's points are labelled.
KEYPOINT_NUM = "image/object/keypoint/num"

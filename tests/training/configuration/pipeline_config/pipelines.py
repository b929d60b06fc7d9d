"""Pipelines of the shapes that the Object Detection API's users have."""

SSD = """\
# Hands, from the zoo's COCO weights.
model: {
  ssd {
    num_classes: 2
    image_resizer { fixed_shape_resizer { height: 256 width: 320 } }
    feature_extractor {
      type: "ssd_mobilenet_v2"
      depth_multiplier: 0.75,
      conv_hyperparams {
        activation: RELU_6,
        regularizer { l2_regularizer { weight: 4e-05 } }
        batch_norm { decay: 0.997, epsilon: 0.001 }
      }
    }
    matcher { argmax_matcher { matched_threshold: .55 unmatched_threshold: 0.45 } }
    anchor_generator {
      ssd_anchor_generator {
        num_layers: 6
        min_scale: 0.1
        max_scale: 0.9
        aspect_ratios: [1.0, 0.5, 2.0, 0.3333, 3.0]
      }
    }
    box_predictor { convolutional_box_predictor { kernel_size: 3 } }
    loss {
      classification_loss { weighted_sigmoid_focal { alpha: 0.75 gamma: 1.5 } }
      localization_loss { weighted_smooth_l1 { } }
      localization_weight: 2.0
      classification_weight: 1.0
    }
    post_processing {
      batch_non_max_suppression {
        score_threshold: 1e-8
        iou_threshold: 0.55
        max_detections_per_class: 50
        max_total_detections: 50
      }
      score_converter: SIGMOID
    }
  }
}
train_config {
  batch_size: 24
  num_steps: 900
  fine_tune_checkpoint: "weights/" 'model.ckpt'
  optimizer {
    momentum_optimizer {
      learning_rate {
        cosine_decay_learning_rate {
          learning_rate_base: 0.08 total_steps: 1200 warmup_learning_rate: 0 warmup_steps: 90
        }
      }
      momentum_optimizer_value: 0.9
    }
    use_moving_average: false
  }
  data_augmentation_options { random_horizontal_flip { } }
  data_augmentation_options { random_adjust_hue { max_delta: 0.05 } }
}
train_input_reader {
  label_map_path: "hands.pbtxt"
  tf_record_input_reader { input_path: "train.record" }
}
eval_config { metrics_set: "coco_detection_metrics" num_examples: 80 }
eval_input_reader [{
  label_map_path: "hands.pbtxt"
  tf_record_input_reader { input_path: "val.record" }
}]
graph_rewriter { quantization { delay: 100 } }
"""

MASK_RCNN = """\
model {
  faster_rcnn {
    num_classes: 3
    image_resizer { keep_aspect_ratio_resizer { min_dimension: 600 max_dimension: 1024 } }
    number_of_stages: 3
    feature_extractor { type: "faster_rcnn_resnet50" first_stage_features_stride: 16 }
    first_stage_max_proposals: 100
    second_stage_localization_loss_weight: 2.0
    second_stage_box_predictor { mask_rcnn_box_predictor { predict_instance_masks: true } }
    second_stage_post_processing {
      batch_non_max_suppression { score_threshold: 0.3 iou_threshold: 0.6 }
      score_converter: SOFTMAX
    }
  }
}
train_config {
  batch_size: 1
  optimizer {
    rms_prop_optimizer {
      learning_rate { exponential_decay_learning_rate { initial_learning_rate: 0.004 } }
    }
  }
  fine_tune_checkpoint: "PATH_TO_BE_CONFIGURED/model.ckpt"
  num_steps: 100
}
train_input_reader { tf_record_input_reader { input_path: "train.record" } }
"""

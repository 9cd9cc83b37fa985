"""What well-known forks of Caffe added and people still carry, in the notation of ``caffe_fields``.

Numbers are the forks' own. Forks took the same numbers for different things, and no file says which fork
wrote it: ``caffe_schema`` moves those that are taken. That costs nothing, since a prototxt names its fields,
and of a caffemodel only names, types and blobs are read, which no fork has moved.
Where two forks gave a message different fields it has both; where they disagree about a default it has none.
"""

# Values that are added to an enumeration, or a new enumeration.
FORK_ENUMERATIONS: dict[str, str] = {
    # Intel Caffe's engines.
    "Engine": "MKL2017=3 MKLDNN=4",
    # NVIDIA Caffe 0.16: how values are kept and computed.
    "Type": "DOUBLE=0 FLOAT=1 FLOAT16=2 INT=3 UINT=4 BOOL=5",
    # R-FCN and Intel Caffe have PRE_FIXED=3 and NONE=4.
    "LossParameter.NormalizationMode": "PRE_FIXED=4",
    # Temporal segment networks.
    "EltwiseParameter.EltwiseOp": "STOCHASTIC_SUM=3",
    "ReductionParameter.ReductionOp": "TOPK=5",
    "VideoDataParameter.Modality": "RGB=0 FLOW=1",
    # SSD.
    "VideoDataParameter.VideoType": "WEBCAM=0 VIDEO=1",
    "PriorBoxParameter.CodeType": "CORNER=1 CENTER_SIZE=2 CORNER_SIZE=3",
    "EmitConstraint.EmitType": "CENTER=0 MIN_OVERLAP=1",
    "AnnotatedDataParameter.AnnotationType": "BBOX=0 BBOXandSeg=1 LANE=2",
    "ResizeParameter.Resize_mode": "WARP=1 FIT_SMALL_SIZE=2 FIT_LARGE_SIZE_AND_PAD=3",
    "ResizeParameter.Pad_mode": "CONSTANT=1 MIRRORED=2 REPEAT_NEAREST=3",
    "ResizeParameter.Interp_mode": "LINEAR=1 AREA=2 NEAREST=3 CUBIC=4 LANCZOS4=5",
    "MultiBoxLossParameter.LocLossType": "L2=0 SMOOTH_L1=1",
    "MultiBoxLossParameter.ConfLossType": "SOFTMAX=0 LOGISTIC=1",
    "MultiBoxLossParameter.MatchType": "BIPARTITE=0 PER_PREDICTION=1",
    "MultiBoxLossParameter.MiningType": "NONE=0 MAX_NEGATIVE=1 HARD_EXAMPLE=2",
    # SegNet.
    "BNParameter.BNMode": "LEARN=0 INFERENCE=1",
    # DeepLab and PSPNet.
    "ImageDataParameter.LabelType": "NONE=0 IMAGE=1 PIXEL=2",
    "SegAccuracyParameter.AccuracyMetric": "PixelAccuracy=0 ClassAccuracy=1 PixelIOU=2",
    # MobileNet-YOLO.
    "Yolov3Parameter.IOU_LOSS": "IOU=0 GIOU=1 MSE=2 DIOU=3 CIOU=4",
    # DetectNet.
    "DetectNetGroundTruthParameter.GridboxType": "GRIDBOX_MAX=0 GRIDBOX_MIN=1",
    "DetectNetGroundTruthParameter.CoverageType": "RECTANGULAR=0",
    "TransformationParameter.InterpolationAlgo": "INTER_NEAREST=0 INTER_LINEAR=1 INTER_CUBIC=2 INTER_AREA=3",
    "TransformationParameter.Packing": "NCHW=0 NHWC=1",
    "ConvolutionParameter.CuDNNConvolutionAlgorithmSeeker": "GET=0 FINDEX=1",
    "ConvolutionParameter.FusionType": "NONE_FUSION=0 SUM_FUSION=1",
    # Face recognition.
    "FocalLossParameter.LossType": "ORIGIN=0 LINEAR=1 ONEADDP=2",
    "MarginInnerProductParameter.MarginType": "SINGLE=0 DOUBLE=1 TRIPLE=2 QUADRUPLE=3",
    # Ristretto and Intel Caffe.
    "QuantizationParameter.Precision": "DYNAMIC_FIXED_POINT=0 MINIFLOAT=1 INTEGER_POWER_OF_2_WEIGHTS=2",
    "QuantizationParameter.Rounding": "NEAREST=0 STOCHASTIC=1",
    "V1LayerParameter.LayerType": """
        LOCAL=41 BN=42 INSANITY=44 TRIPLET_LOSS=45 ROIPOOLING=46 BATCH_NORM=47 ELTWISE_AFFINE=48 RELU6=61""",
}

# Fields that are added to messages of BVLC Caffe.
FORK_FIELDS: dict[str, str] = {
    "NetParameter": """
        11 default_forward_type Type=FLOAT; 12 default_backward_type Type=FLOAT;
        13 default_forward_math Type=FLOAT; 14 default_backward_math Type=FLOAT;
        15 global_grad_scale float=1; 16 global_grad_scale_adaptive bool=false;
        17 default_conv_algos_override string; 18 reduce_buckets int32=6;
        19 default_cudnn_math_override int32=-1; 20 eltwise_mem_sharing bool=true; 9 engine string;
        11 bn_stats_batch_size uint32=0; 200 mem_param MemoryOptimizationParameter""",
    "BlobProto": "10 raw_data_type Type; 11 raw_diff_type Type; 12 raw_data bytes; 13 raw_diff bytes",
    "FillerParameter": "9 alpha float=0; 9 scale float=1",
    "LayerParameter": """
        145 forward_type Type=FLOAT; 146 backward_type Type=FLOAT; 147 forward_math Type=FLOAT;
        148 backward_math Type=FLOAT; 149 debug bool=false; 150 cudnn_math_override int32=-1;
        149 engine string; 200 annotated_data_param AnnotatedDataParameter;
        201 multibox_loss_param MultiBoxLossParameter; 202 permute_param PermuteParameter;
        203 prior_box_param PriorBoxParameter; 204 detection_output_param DetectionOutputParameter;
        205 detection_evaluate_param DetectionEvaluateParameter; 206 norm_param NormalizeParameter;
        207 video_data_param VideoDataParameter; 208 relu6_param ReLU6Parameter;
        143 interp_param InterpParameter; 144 seg_accuracy_param SegAccuracyParameter;
        145 mat_write_param MatWriteParameter; 146 dense_crf_param DenseCRFParameter;
        147 domain_transform_param DomainTransformParameter; 151 mat_read_param MatReadParameter;
        137 bn_param BNParameter; 137 upsample_param UpsampleParameter;
        138 dense_image_data_param DenseImageDataParameter; 8266711 roi_pooling_param ROIPoolingParameter;
        8266712 smooth_l1_loss_param SmoothL1LossParameter; 10001 psroi_pooling_param PSROIPoolingParameter;
        10000 box_annotator_ohem_param BoxAnnotatorOHEMParameter; 201 proposal_param ProposalParameter;
        164 shuffle_channel_param ShuffleChannelParameter; 149 reorg_param ReorgParameter;
        150 mish_param MishParameter; 600 region_loss_param RegionLossParameter;
        603 yolov3_param Yolov3Parameter; 601 yolo_detection_output_param YoloDetectionOutputParameter;
        602 yolov3_detection_output_param Yolov3DetectionOutputParameter;
        141 seg_data_param SegDataParameter; 162 batch_reduction_param BatchReductionParameter;
        201 local_param LocalParameter; 212 flip_param FlipParameter;
        214 normalize_param NormalizeByTypeParameter; 211 center_loss_param CenterLossParameter;
        203 triplet_loss_param TripletLossParameter; 202 insanity_param InsanityParameter;
        205 eltwise_affine_param EltwiseAffineParameter;
        232 margin_inner_product_param MarginInnerProductParameter;
        241 label_specific_add_param LabelSpecificAddParameter; 235 focal_loss_param FocalLossParameter;
        158 quantization_param QuantizationParameter; 208 split_param SplitParameter;
        155 spatial_dropout_param SpatialDropoutParameter;
        6801 detectnet_groundtruth_param DetectNetGroundTruthParameter;
        6802 detectnet_augmentation_param DetectNetAugmentationParameter""",
    "V1LayerParameter": """
        43 bn_param BNParameter; 44 local_param LocalParameter; 45 prelu_param PReLUParameter;
        46 insanity_param InsanityParameter; 47 triplet_loss_param TripletLossParameter;
        48 roi_pooling_param ROIPoolingParameter; 49 eltwise_affine_param EltwiseAffineParameter;
        61 relu6_param ReLU6Parameter""",
    "TransformationParameter": """
        11 crop_h uint32=0; 12 crop_w uint32=0; 8 resize_param ResizeParameter[];
        9 noise_param NoiseParameter; 13 distort_param DistortionParameter;
        14 expand_param ExpansionParameter; 10 emit_constraint EmitConstraint; 8 scale_factors float[];
        9 crop_width uint32=0; 10 crop_height uint32=0; 10 fix_crop bool=false; 15 more_fix_crop bool=false;
        11 multi_scale bool=false; 12 scale_ratios float[]; 13 max_distort int32=1; 14 is_flow bool=false;
        20 original_image bool=false; 16 stride int32=1; 17 upper_size int32; 18 upper_height int32;
        19 upper_width int32; 10 img_rand_resize_lower uint32=0; 11 img_rand_resize_upper uint32=0;
        12 rand_resize_ratio_lower float=0; 13 rand_resize_ratio_upper float=0;
        14 vertical_stretch_lower float=1; 15 vertical_stretch_upper float=1;
        16 horizontal_stretch_lower float=1; 17 horizontal_stretch_upper float=1;
        18 interpolation_algo_down InterpolationAlgo=INTER_NEAREST;
        19 interpolation_algo_up InterpolationAlgo=INTER_CUBIC; 20 allow_upscale bool=false;
        21 forward_packing Packing=NCHW; 8 use_gpu_transform bool=false; 9 random_seed int64=-1;
        22 display bool=false; 23 num_labels int32=0; 15 random_resize_param RandomResizeParameter;
        16 random_aspect_ratio_param RandomAspectRatioParameter; 17 flow bool=false; 18 bgr2rgb bool=false;
        19 pad uint32=0; 10 center_crop bool=false""",
    "LossParameter": """
        3 weight_by_label_freqs bool=false; 4 class_weighting float[]; 4 pre_fixed_normalizer float=1;
        4 label_smoothing float=0""",
    "AccuracyParameter": "4 min_is_better bool=false",
    "BatchNormParameter": """
        4 update_global_stats bool=false; 5 scale_filler FillerParameter; 6 bias_filler FillerParameter;
        7 scale_bias bool=false; 15 engine Engine=DEFAULT; 5 use_weight_bias bool=true;
        6 bias_term bool=true; 7 filler FillerParameter; 9 stats_batch_size uint32=0; 10 relu bool=false;
        4 disable_mean bool=false; 5 disable_variance bool=false""",
    "ConcatParameter": "3 engine Engine=DEFAULT; 4 per_fla_fuse bool=false",
    "ConvolutionParameter": """
        16 hole uint32=1; 17 hole_h uint32; 18 hole_w uint32; 17 dilation_h uint32; 18 dilation_w uint32;
        19 cudnn_convolution_algo_seeker CuDNNConvolutionAlgorithmSeeker=FINDEX;
        20 conv_algos_override string; 19 relu bool=false; 20 negative_slope float=0;
        21 conv_algorithm string; 23 coeff float[]; 24 fusion_type FusionType=NONE_FUSION""",
    "DataParameter": """
        11 threads uint32=0; 12 parser_threads uint32=0; 13 cache bool=false; 14 shuffle bool=false;
        16 precache bool=false; 12 side uint32[]""",
    "DropoutParameter": """
        2 sample_weights_test bool=false; 2 scale_train bool=true; 2 sqrt_scale bool=false;
        2 engine Engine=DEFAULT; 3 random_seed int64=-1""",
    "EltwiseParameter": "4 engine Engine=DEFAULT",
    "ELUParameter": "2 lambda float=1",
    "ImageDataParameter": """
        13 short_side uint32=0; 14 threads uint32=4; 15 cache bool=false; 16 precache bool=false;
        17 dataset_share_per_node float=1; 15 ignore_label int32=255; 16 label_type LabelType=IMAGE;
        13 min_height uint32=0; 14 min_width uint32=0""",
    "InnerProductParameter": """
        7 engine Engine=DEFAULT; 8 relu bool=false; 9 negative_slope float=0; 7 normalize bool=false""",
    "MemoryDataParameter": "5 transpose bool=false",
    "ParameterParameter": "2 blob_filler FillerParameter",
    "PoolingParameter": """
        13 ceil_mode bool=true; 40 torch_pooling bool=false; 13 avg_include_pad bool=true; 14 axis int32=1;
        15 pad_3d uint32[]; 16 kernel_size_3d uint32[]; 17 stride_3d uint32[]""",
    "ReductionParameter": "4 k int32=1",
    "ReLUParameter": "3 fuse bool=false",
    "ReshapeParameter": "4 pixelshuffler int32=1",
    "ScaleParameter": "6 min_value float; 7 max_value float",
    "SoftmaxParameter": """
        3 hard_ratio float=1; 4 class_weight float[]; 5 hard_mining_label int32; 6 cutting_point float;
        7 normalize_type string=Softmax; 8 label_smooth_factor float=0""",
}

# Messages that BVLC Caffe does not have.
FORK_MESSAGES: dict[str, str] = {
    # SSD, the layers of a deployed network.
    "PermuteParameter": "1 order uint32[]",
    "NormalizeParameter": """
        1 across_spatial bool=true; 2 scale_filler FillerParameter; 3 channel_shared bool=true;
        4 eps float=1e-10""",
    "PriorBoxParameter": """
        1 min_size float[]; 2 max_size float[]; 3 aspect_ratio float[]; 4 flip bool=true; 5 clip bool=false;
        6 variance float[]; 7 img_size uint32; 8 img_h uint32; 9 img_w uint32; 10 step float;
        11 step_h float; 12 step_w float; 13 offset float=0.5; 14 offset_h float[]; 15 offset_w float[];
        16 width float[]; 17 height float[]; 14 reduce_boxes bool=false""",
    "NonMaximumSuppressionParameter": "1 nms_threshold float=0.3; 2 top_k int32; 3 eta float=1",
    "SaveOutputParameter": """
        1 output_directory string; 2 output_name_prefix string; 3 output_format string;
        4 label_map_file string; 5 name_size_file string; 6 num_test_image uint32;
        7 resize_param ResizeParameter""",
    "DetectionOutputParameter": """
        1 num_classes uint32; 2 share_location bool=true; 3 background_label_id int32=0;
        4 nms_param NonMaximumSuppressionParameter; 5 save_output_param SaveOutputParameter;
        6 code_type PriorBoxParameter.CodeType=CORNER; 8 variance_encoded_in_target bool=false;
        7 keep_top_k int32=-1; 9 confidence_threshold float; 10 visualize bool=false;
        11 visualize_threshold float; 12 save_file string; 10 normalized_bbox bool=true""",
    "ReLU6Parameter": "1 negative_slope float=0; 2 engine Engine=DEFAULT",
    # SSD, training.
    "Sampler": """
        1 min_scale float=1; 2 max_scale float=1; 3 min_aspect_ratio float=1; 4 max_aspect_ratio float=1""",
    "SampleConstraint": """
        1 min_jaccard_overlap float; 2 max_jaccard_overlap float; 3 min_sample_coverage float;
        4 max_sample_coverage float; 5 min_object_coverage float; 6 max_object_coverage float""",
    "BatchSampler": """
        1 use_original_image bool=true; 2 sampler Sampler; 3 sample_constraint SampleConstraint;
        4 max_sample uint32; 5 max_trials uint32=100""",
    "EmitConstraint": "1 emit_type EmitType=CENTER; 2 emit_overlap float",
    "AnnotatedDataParameter": """
        1 batch_sampler BatchSampler[]; 2 label_map_file string; 3 anno_type AnnotationType;
        4 yolo_data_type int32=0; 5 yolo_data_jitter float=0.3; 6 train_diffcult bool=true;
        7 single_class bool=true; 8 seg_scales int32=8; 9 seg_resize_width int32=0;
        10 seg_resize_height int32=0""",
    "DetectionEvaluateParameter": """
        1 num_classes uint32; 2 background_label_id uint32=0; 3 overlap_threshold float=0.5;
        4 evaluate_difficult_gt bool=true; 5 name_size_file string; 6 resize_param ResizeParameter""",
    "MultiBoxLossParameter": """
        1 loc_loss_type LocLossType=SMOOTH_L1; 2 conf_loss_type ConfLossType=SOFTMAX; 3 loc_weight float=1;
        4 num_classes uint32; 5 share_location bool=true; 6 match_type MatchType=PER_PREDICTION;
        7 overlap_threshold float=0.5; 8 use_prior_for_matching bool=true; 9 background_label_id uint32=0;
        10 use_difficult_gt bool=true; 11 do_neg_mining bool; 12 neg_pos_ratio float=3;
        13 neg_overlap float=0.5; 14 code_type PriorBoxParameter.CodeType=CORNER;
        16 encode_variance_in_target bool=false; 17 map_object_to_agnostic bool=false;
        18 ignore_cross_boundary_bbox bool=false; 19 bp_inside bool=false;
        20 mining_type MiningType=MAX_NEGATIVE; 21 nms_param NonMaximumSuppressionParameter;
        22 sample_size int32=64; 23 use_prior_for_nms bool=false; 24 ignore_difficult_gt bool=false""",
    "ResizeParameter": """
        1 prob float=1; 2 resize_mode Resize_mode=WARP; 3 height uint32=0; 4 width uint32=0;
        8 height_scale uint32=0; 9 width_scale uint32=0; 5 pad_mode Pad_mode=CONSTANT; 6 pad_value float[];
        7 interp_mode Interp_mode[]""",
    "SaltPepperParameter": "1 fraction float=0; 2 value float[]",
    "NoiseParameter": """
        1 prob float=0; 2 hist_eq bool=false; 3 inverse bool=false; 4 decolorize bool=false;
        5 gauss_blur bool=false; 6 jpeg float=-1; 7 posterize bool=false; 8 erode bool=false;
        9 saltpepper bool=false; 10 saltpepper_param SaltPepperParameter; 11 clahe bool=false;
        12 convert_to_hsv bool=false; 13 convert_to_lab bool=false""",
    "DistortionParameter": """
        1 brightness_prob float=0; 2 brightness_delta float=0; 3 contrast_prob float=0;
        4 contrast_lower float=0; 5 contrast_upper float=0; 6 hue_prob float=0; 7 hue_delta float=0;
        8 saturation_prob float=0; 9 saturation_lower float=0; 10 saturation_upper float=0;
        11 random_order_prob float=0""",
    "ExpansionParameter": "1 prob float=1; 2 max_expand_ratio float=1",
    # SSD reads video files and cameras; temporal segment networks read lists of clips.
    "VideoDataParameter": """
        1 video_type VideoType=WEBCAM; 2 device_id int32=0; 3 video_file string; 4 skip_frames uint32=0;
        1 source string; 4 batch_size uint32; 7 rand_skip uint32=0; 8 shuffle bool=false;
        9 new_height uint32=0; 10 new_width uint32=0; 11 new_length uint32=1; 12 num_segments uint32=1;
        2 scale float=1; 3 mean_file string; 5 crop_size uint32=0; 6 mirror bool=false;
        13 modality Modality=FLOW; 14 name_pattern string; 15 encoded bool=false; 16 grayscale bool=false""",
    # DeepLab and PSPNet.
    "InterpParameter": """
        1 height int32=0; 2 width int32=0; 3 zoom_factor int32=1; 4 shrink_factor int32=1; 5 pad_beg int32=0;
        6 pad_end int32=0""",
    "SegAccuracyParameter": """
        1 metric AccuracyMetric=PixelAccuracy; 2 ignore_label int32[]; 3 reset bool=true""",
    "MatReadParameter": "1 prefix string!; 2 source string; 3 strip int32=0; 4 batch_size int32=1",
    "MatWriteParameter": "1 prefix string!; 2 source string; 3 strip int32=0; 4 period int32=1",
    "DenseCRFParameter": """
        1 max_iter int32=10; 2 pos_xy_std float[]; 3 pos_w float[]; 4 bi_xy_std float[];
        5 bi_rgb_std float[]; 6 bi_w float[]; 7 output_probability bool=true""",
    "DomainTransformParameter": """
        1 num_iter int32=3; 2 spatial_sigma float=50; 3 range_sigma float=5; 4 min_weight float=0""",
    # PSPNet and its relatives have slope, bias, momentum, eps, frozen; SegNet has scale, shift, mode.
    "BNParameter": """
        1 slope_filler FillerParameter; 2 bias_filler FillerParameter; 3 momentum float=0.9;
        4 eps float=1e-5; 5 frozen bool=false; 6 engine Engine=DEFAULT; 1 scale_filler FillerParameter;
        2 shift_filler FillerParameter; 3 bn_mode BNMode=LEARN""",
    # SegNet's scale is 2 when it is not given, Darknet's is 1.
    "UpsampleParameter": """
        1 scale float; 2 scale_h uint32; 3 scale_w uint32; 4 pad_out_h bool=false; 5 pad_out_w bool=false;
        6 upsample_h uint32; 7 upsample_w uint32; 2 stride uint32; 3 stride_h uint32; 4 stride_w uint32""",
    "DenseImageDataParameter": """
        1 source string; 2 batch_size uint32; 3 rand_skip uint32=0; 4 shuffle bool=false;
        5 new_height uint32=0; 6 new_width uint32=0; 7 is_color bool=true; 8 mean_file string;
        9 root_folder string; 10 mirror bool=false; 11 crop_width uint32=0; 12 crop_height uint32=0""",
    # Fast, Faster and R-FCN.
    "ROIPoolingParameter": """
        1 pooled_h uint32=0; 2 pooled_w uint32=0; 3 spatial_scale float=1; 4 pooled_size uint32[]""",
    "SmoothL1LossParameter": "1 sigma float=1",
    "PSROIPoolingParameter": "1 spatial_scale float!; 2 output_dim int32!; 3 group_size int32!",
    "BoxAnnotatorOHEMParameter": "1 roi_per_img uint32!; 2 ignore_label int32=-1",
    "ProposalParameter": """
        1 feat_stride uint32=16; 2 base_size uint32=16; 3 min_size uint32=16; 4 ratio float[];
        5 scale float[]; 6 pre_nms_topn uint32=6000; 7 post_nms_topn uint32=300; 8 nms_thresh float=0.7""",
    # ShuffleNet, YOLO.
    "ShuffleChannelParameter": "1 group uint32=1",
    "ReorgParameter": "1 stride uint32; 2 reverse bool=false",
    "MishParameter": "2 engine Engine=DEFAULT",
    "RegionLossParameter": """
        1 side uint32=13; 2 num_class uint32=20; 3 bias_match uint32=1; 4 coords uint32=4; 5 num uint32=5;
        6 softmax uint32=1; 7 jitter float=0.2; 8 rescore uint32=1; 9 object_scale float=1;
        10 class_scale float=1; 11 noobject_scale float=0.5; 12 coord_scale float=5; 13 absolute uint32=1;
        14 thresh float=0.2; 15 random uint32=1; 16 biases float[]; 17 softmax_tree string;
        18 class_map string""",
    "Yolov3Parameter": """
        1 side uint32=13; 2 num_class uint32=20; 3 num uint32=5; 4 object_scale float=1;
        5 class_scale float=1; 6 noobject_scale float=0.5; 7 coord_scale float=5; 8 thresh float=0.2;
        10 anchors_scale uint32=32; 11 biases float[]; 12 mask uint32[]; 13 use_logic_gradient bool=false;
        14 use_focal_loss bool=false; 15 iou_loss IOU_LOSS=MSE; 16 iou_normalizer float=0.25;
        17 iou_thresh float=0.5; 18 max_delta float=10; 19 accumulate bool=true;
        20 label_smooth_eps float=0.1""",
    "YoloDetectionOutputParameter": """
        1 side uint32=13; 2 num_classes uint32=20; 3 num_box uint32=5; 4 coords uint32=4;
        5 confidence_threshold float=0.01; 6 nms_threshold float=0.45; 7 biases float[];
        8 label_map_file string""",
    "Yolov3DetectionOutputParameter": """
        1 num_classes uint32=20; 2 num_box uint32=3; 3 confidence_threshold float=0.01;
        4 nms_threshold float=0.45; 5 biases float[]; 6 anchors_scale uint32[]; 7 mask_group_num uint32=2;
        8 mask uint32[]; 9 gaussian_box bool=false""",
    # Temporal segment networks.
    "MemoryOptimizationParameter": """
        1 optimize_train bool=true; 2 optimize_test bool=false; 3 exclude_blob string[]""",
    "SegDataParameter": "1 source string; 2 root_dir string; 3 shuffle bool=false; 4 balance bool=false",
    "BatchReductionParameter": "1 level int32[]; 2 reduction_param ReductionParameter; 3 pos bool=false",
    # Face recognition.
    "LocalParameter": """
        1 num_output uint32; 2 bias_term bool=true; 3 pad uint32=0; 4 kernel_size uint32; 6 stride uint32=1;
        7 weight_filler FillerParameter; 8 bias_filler FillerParameter""",
    "FlipParameter": "1 flip_width bool=true; 2 flip_height bool=false",
    "NormalizeByTypeParameter": """
        1 normalize_type string=L2; 2 fix_gradient bool=false; 3 bp_norm bool=false""",
    "CenterLossParameter": """
        1 num_output uint32; 2 center_filler FillerParameter; 3 axis int32=1; 29 distance_type string=L2""",
    "TripletLossParameter": "1 margin float=1",
    "InsanityParameter": "1 lb float=5; 2 ub float=10",
    "EltwiseAffineParameter": """
        1 slope_filler FillerParameter; 2 bias_filler FillerParameter; 3 channel_shared bool=false""",
    "MarginInnerProductParameter": """
        1 num_output uint32; 2 type MarginType=SINGLE; 3 weight_filler FillerParameter; 4 axis int32=1;
        5 base float=1; 6 gamma float=0; 7 power float=1; 8 iteration int32=0; 9 lambda_min float=0""",
    "LabelSpecificAddParameter": """
        1 bias float=0; 2 transform_test bool=false; 3 bias_base float=0; 4 bias_gamma float=0;
        5 bias_power float=1; 6 bias_min float=0; 7 bias_max float=0; 8 iteration uint32=0""",
    "FocalLossParameter": "1 type LossType=ORIGIN; 2 gamma float=2; 3 alpha float=1; 4 beta float=1",
    # Intel Caffe and Ristretto.
    "SplitParameter": "1 engine Engine=DEFAULT",
    "SpatialDropoutParameter": "1 dropout_ratio float=0.5",
    "QuantizationParameter": """
        1 precision Precision=DYNAMIC_FIXED_POINT; 2 rounding_scheme Rounding=NEAREST;
        3 bw_layer_in uint32=32; 4 bw_layer_out uint32=32; 5 bw_params uint32=32; 6 fl_layer_in int32[];
        7 fl_layer_out int32[]; 8 fl_params int32[]; 20 scale_in float[]; 21 scale_out float[];
        22 scale_params float[]; 23 is_negative_input bool=false; 24 force_u8_input bool=false""",
    "RandomResizeParameter": "1 min_size uint32=0; 2 max_size uint32=0; 3 resize_param ResizeParameter",
    "RandomAspectRatioParameter": """
        1 min_area_ratio float=0.5; 2 max_area_ratio float=1; 3 aspect_ratio_change float=1;
        4 max_attempt uint32=10; 5 resize_param ResizeParameter""",
    # DetectNet.
    "ClassMapping": "1 src uint32!; 2 dst uint32!",
    "DetectNetGroundTruthParameter": """
        1 stride uint32=4; 2 scale_cvg float=0.5; 3 gridbox_type GridboxType=GRIDBOX_MAX;
        4 max_cvg_len uint32=50; 5 min_cvg_len uint32=50; 7 coverage_type CoverageType=RECTANGULAR;
        8 image_size_x uint32=1248; 9 image_size_y uint32=384; 11 obj_norm bool=false;
        12 crop_bboxes bool=true; 13 object_class ClassMapping[]""",
    "DetectNetAugmentationParameter": """
        1 crop_prob float=1; 2 shift_x uint32=0; 3 shift_y uint32=0; 4 scale_prob float=0.33;
        5 scale_min float=0.7; 6 scale_max float=1; 7 flip_prob float=0.33; 8 rotation_prob float=0.33;
        9 max_rotate_degree float=1; 10 hue_rotation_prob float=0.33; 11 hue_rotation float=15;
        12 desaturation_prob float=0.33; 13 desaturation_max float=0.5""",
}

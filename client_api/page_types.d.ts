// What the gateway answers, as the page's scripts in static/ read it; `tsc` checks them against it.
// Beside static/, so that no browser loads it. docs/decisions/0079 says which tools check the page.

interface Size {
  width: number;
  height: number;
}

interface Box {
  x_min: number;
  y_min: number;
  x_max: number;
  y_max: number;
}

/** COCO's compressed run-lengths: height and width, and the runs. */
interface RunLengths {
  size: [number, number];
  counts: string;
}

interface Keypoint {
  name: string;
  x: number;
  y: number;
  score: number;
}

interface Detection {
  class_id: number;
  label: string | null;
  score: number;
  box: Box;
  mask?: RunLengths | null;
  polygons?: number[][] | null;
  keypoints?: Keypoint[] | null;
}

interface EncodedImage {
  media_type: string;
  b64: string;
}

/** Of `POST /predict`: what was found in one image. */
interface Found {
  image: Size;
  detections: Detection[];
  belief_map?: EncodedImage | null;
}

interface Version {
  version: string;
  state: string;
  kind?: string;
  class_count?: number;
  classes?: { id: number; name: string; display_name?: string }[] | null;
  error?: string | null;
  waiting_for?: string | null;
  input_size?: Size | null;
  card?: any;
  facts?: any;
  score_threshold?: { value: number; source: string; recall?: number; precision?: number } | null;
}

interface Model {
  name: string;
  default?: boolean;
  version?: string | null;
  version_labels?: Record<string, string>;
  versions: Version[];
  waiting_for?: string | null;
}

interface Pipeline {
  name: string;
  detector: string;
  keypoints: string;
}

/** Of `GET /models`. */
interface Served {
  models: Model[];
  pipelines?: Pipeline[];
  not_served?: { folder: string; problem: string; remedy: string }[];
}

/** What is asked: a model's newest version, one of its versions, the one with a label; or a pipeline. */
interface Choice {
  pipeline?: string | null;
  name?: string | null;
  version?: string | null;
  label?: string | null;
}

/** A part of the page that is loaded when it is first looked at. */
interface PagePart {
  start(): void;
  stop(): void;
}

/** Swagger UI's, from its own script. */
declare const SwaggerUIBundle: any;

/** Not in TypeScript's library yet. */
interface MediaTrackConstraints {
  frameRate?: ConstrainDouble;
}

export { FramesFileError } from '../frames/framesFileError.ts'
export { RecordingError } from '../frames/recordingError.ts'
export { type LaneHash, type OutputHash, outputHash } from './outputHash.ts'
export { record, type Recording, type RecordingFigures, type RecordOptions } from './record.ts'

export { FramesFileError } from '../frames/framesFileError.ts'
export { RecordingError } from '../frames/recordingError.ts'
export { record, type Recording, type RecordingFigures, type RecordOptions } from './record.ts'

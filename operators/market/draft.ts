/**
 * A model while its handler fills it in. Optional fields are assigned only when there is something to assign, so an absent
 * one has no key at all (a spread of `undefined` would leave one).
 */
export type Draft<Model> = { -readonly [Field in keyof Model]: Model[Field] }

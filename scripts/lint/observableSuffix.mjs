const isObservable = (checker, type) => {
  if (type.isUnionOrIntersection()) return type.types.some((part) => isObservable(checker, part))
  if (type.symbol?.name === 'Observable') return true
  const declared = type.target ?? type
  return declared.isClassOrInterface() && checker.getBaseTypes(declared).some((base) => isObservable(checker, base))
}

const isFunction = (type) => (type.isUnion() ? type.types : [type]).some((part) => part.getCallSignatures().length > 0)

/** `$` on variables, parameters and fields that hold an Observable, never on functions (rxjs-x/finnish wants it on both). */
export default {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      missing: "'{{name}}' holds an Observable: its name ends in $.",
      misplaced: "'{{name}}' is a function: its name does not end in $.",
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices
    const checker = services.program.getTypeChecker()

    const check = (node) => {
      if (node?.type === 'AssignmentPattern') return check(node.left)
      if (node?.type === 'RestElement') return
      if (node?.type !== 'Identifier') return
      const { name } = node
      const marked = name.endsWith('$')
      const type = services.getTypeAtLocation(node)
      if (!marked && isObservable(checker, type)) context.report({ node, messageId: 'missing', data: { name } })
      if (marked && isFunction(type)) context.report({ node, messageId: 'misplaced', data: { name } })
    }
    const checkParams = (node) => node.params.forEach(check)

    return {
      VariableDeclarator: (node) => check(node.id),
      'ObjectPattern > Property': (node) => check(node.value),
      'ArrayPattern > *': check,
      ArrowFunctionExpression: checkParams,
      FunctionExpression: checkParams,
      FunctionDeclaration: (node) => {
        check(node.id)
        checkParams(node)
      },
      TSFunctionType: checkParams,
      TSMethodSignature: (node) => {
        check(node.key)
        checkParams(node)
      },
      'TSPropertySignature[computed=false]': (node) => check(node.key),
      'PropertyDefinition[computed=false]': (node) => check(node.key),
      'MethodDefinition[computed=false]': (node) => check(node.key),
    }
  },
}

import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../../schema/schema.graphql',
  documents: '../operations.graphql',
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          Currency: 'string',
          DateTime: 'string',
          Decimal: 'string',
          JSON: 'unknown',
          URL: 'string',
          _Any: 'unknown',
          federation__FieldSet: 'string',
        },
      },
    },
  },
};

export default config;

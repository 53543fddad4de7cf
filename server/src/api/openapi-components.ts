export interface Referenced {
  readonly $ref: string;
}

/** A reference to one of `components`. */
export function component(
  kind: 'parameters' | 'headers' | 'responses' | 'schemas',
  name: string,
): Referenced {
  return { $ref: `#/components/${kind}/${name}` };
}

function refusal(description: string): object {
  return {
    description,
    headers: { 'X-Request-Id': component('headers', 'RequestId') },
    content: { 'application/json': { schema: component('schemas', 'Errors') } },
  };
}

function header(description: string, schema: object): object {
  return { description, schema };
}

/** What all operations share. */
export const components = {
  securitySchemes: {
    basic: { type: 'http', scheme: 'basic', description: 'A user, a robot or a personal token' },
    bearer: { type: 'http', scheme: 'bearer', description: 'An ID token of the OIDC provider' },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'sid',
      description:
        'A login in a browser. Over https the cookie is `__Host-sid`. Requests other than GET and ' +
        'HEAD send the last X-Harbor-CSRF-Token back that they were answered.',
    },
  },
  parameters: {
    RequestId: {
      name: 'X-Request-Id',
      in: 'header',
      required: false,
      description: 'An id for this request; one is made when there is none',
      schema: { type: 'string' },
    },
    IsResourceName: {
      name: 'X-Is-Resource-Name',
      in: 'header',
      required: false,
      description: 'Whether digits in `project_name_or_id` are a name',
      schema: { type: 'boolean' },
    },
  },
  headers: {
    RequestId: header('The id of the request, as logs have it', { type: 'string' }),
    TotalCount: header('How many there are on all pages', { type: 'integer', minimum: 0 }),
    Link: header('The pages before and after this one, if any (RFC 8288)', { type: 'string' }),
    HiddenTags: header('How many tags are left out that only tools look for', {
      type: 'integer',
      minimum: 0,
    }),
    Location: header('Where to look', { type: 'string' }),
  },
  responses: {
    BadRequest: refusal('The request makes no sense'),
    Unauthorized: refusal('Credentials are missing, or wrong'),
    Forbidden: refusal('The caller may not do this'),
    NotFound: refusal('There is no such thing, or the caller may not know of it'),
    TooLarge: refusal('The body is too large'),
    UnsupportedMediaType: refusal('The body is of another type'),
    Unprocessable: refusal('A value is not acceptable'),
    Refused: refusal('Any other refusal'),
  },
  schemas: {
    Errors: {
      type: 'object',
      properties: {
        errors: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: { code: { type: 'string' }, message: { type: 'string' } },
            required: ['code', 'message'],
          },
        },
      },
      required: ['errors'],
    },
  },
};

export const documentationUrl = 'https://docs.github.com/rest';

export const archivedWords = 'Repository was archived so is read-only.';

export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  readonly message?: string;
}

/** An answer that refuses, with GitHub's status and words. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly (FieldError | string)[] | undefined;

  constructor(status: number, message: string, errors?: readonly (FieldError | string)[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  toJSON(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: documentationUrl,
      status: String(this.status),
    };
  }
}

/** What was asked for is somewhere else now. */
export class MovedError extends ApiError {
  readonly url: string;

  constructor(url: string) {
    super(301, 'Moved Permanently');
    this.url = url;
  }
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

export function notAccessible(): ApiError {
  return new ApiError(403, 'Resource not accessible by integration');
}

/** What reviews and their comments are refused with: sentences instead of fields. */
export function unprocessable(...errors: string[]): ApiError {
  return new ApiError(422, 'Unprocessable Entity', errors);
}

export function validationFailed(...errors: FieldError[]): ApiError {
  return new ApiError(422, 'Validation Failed', errors);
}

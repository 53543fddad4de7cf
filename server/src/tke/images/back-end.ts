import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../../http/index.ts';
import type { Passage } from './passage.ts';

/** What holds the images: it serves requests that were let through. */
export interface ImageBackEnd {
  /** Answers a pull that memory alone can answer; false when it cannot, and nothing was done. */
  answerFromMemory(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    passage: Passage,
  ): boolean;
  /**
   * @throws OciError and all else that `toOciError` knows, when nothing was answered yet
   */
  serve(exchange: Exchange, passage: Passage): Promise<void>;
  /** Resolves when nothing is being served. */
  settle(): Promise<void>;
}

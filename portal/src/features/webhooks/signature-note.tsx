import { Accordion, Stack, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { Command } from '../../ui/copy.tsx';
import { webhooksMessages } from './messages.ts';

const CHECK = `import hashlib, hmac

def is_genuine(key: str, body: bytes, header: str) -> bool:
    digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest("sha256=" + digest, header)`;

/** How receivers know who calls them. */
export function SignatureNote() {
  const m = useMessages(webhooksMessages);
  return (
    <Accordion variant="contained">
      <Accordion.Item value="signature">
        <Accordion.Control>{m.signatureTitle}</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="sm">
            <Text size="sm">{m.signatureText}</Text>
            <Command label={m.signatureCode}>{CHECK}</Command>
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

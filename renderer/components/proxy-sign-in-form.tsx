import { KeyRound } from 'lucide-react';
import { useId, useState } from 'react';
import { text } from '../../shared/messages/text.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { Button } from '../../ui/components/button.tsx';
import { command } from '../store/commands.ts';

/** Asks for the user and the password that a proxy wants; both go to the main process and are forgotten here. */
export function ProxySignInForm({ wanted }: { wanted: NonNullable<Snapshot['proxySignIn']> }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const id = useId();
  const { proxy, refused } = wanted;
  return (
    <form
      aria-labelledby={id}
      className="grid grid-cols-1 gap-3 rounded-xl border border-line bg-panel p-3.5"
      onSubmit={(event) => {
        event.preventDefault();
        command('network:sign-in-to-proxy', { user, password });
        setPassword('');
      }}
    >
      <div className="flex gap-2.5">
        <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
        <div className="min-w-0 text-sm break-words">
          <h2 id={id} className="font-semibold">
            {text('proxy.title', { proxy })}
          </h2>
          <p role={refused ? 'alert' : undefined} className={refused ? 'text-bad' : 'text-mute'}>
            {text(refused ? 'proxy.refused' : 'proxy.text')}
          </p>
        </div>
      </div>
      <div className="flex flex-wrap items-end gap-3">
        <ProxyField label={text('proxy.user')} type="text" autoComplete="username" value={user} onChange={setUser} />
        <ProxyField
          label={text('proxy.password')}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <Button type="submit" look="primary" disabled={user === ''}>
          {text('proxy.sign-in')}
        </Button>
      </div>
    </form>
  );
}

interface ProxyFieldProps {
  readonly label: string;
  readonly type: 'text' | 'password';
  readonly autoComplete: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function ProxyField({ label, type, autoComplete, value, onChange }: ProxyFieldProps) {
  return (
    <label className="grid min-w-40 flex-1 gap-1 text-sm">
      <span className="text-mute">{label}</span>
      <input
        type={type}
        autoComplete={autoComplete}
        spellCheck={false}
        value={value}
        maxLength={256}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 rounded-lg border border-edge bg-ground px-2.5 text-text"
      />
    </label>
  );
}

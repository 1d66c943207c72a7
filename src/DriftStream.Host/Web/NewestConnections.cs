using Microsoft.AspNetCore.Connections;

namespace DriftStream.Host.Web;

/// <summary>
/// A bound on open connections that no silent client can use up: when there is no room, the oldest connection is closed for the new one. A page
/// is answered within milliseconds, so an old connection is slow, half-open, or kept for a next request that can be made on another one.
/// </summary>
internal sealed class NewestConnections(int most)
{
    private readonly LinkedList<ConnectionContext> _oldestFirst = [];

    /// <summary>Serves one connection until it ends or must make room.</summary>
    public async Task Run(ConnectionContext connection, ConnectionDelegate next)
    {
        ConnectionContext? oldest = null;
        LinkedListNode<ConnectionContext> own;
        lock (_oldestFirst)
        {
            own = _oldestFirst.AddLast(connection);
            if (_oldestFirst.Count > most)
            {
                oldest = _oldestFirst.First!.Value;
                _oldestFirst.RemoveFirst();
            }
        }

        oldest?.Abort(new ConnectionAbortedException("closed for a newer connection"));
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            lock (_oldestFirst)
            {
                if (own.List is not null) _oldestFirst.Remove(own);
            }
        }
    }
}

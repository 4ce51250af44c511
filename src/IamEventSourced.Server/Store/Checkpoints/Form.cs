using System.Collections.Immutable;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;

namespace IamEventSourced.Server;

/// <summary>
/// How a value of the directory stands in a checkpoint. The forms are made from the types themselves, so a new fact is written and read
/// without a word said here; a type that holds something no form would keep is refused at the start of the program.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
abstract class Form<T> : Form
{
    /// <summary>The form of the type.</summary>
    public static Form<T> Own { get; } = (Form<T>)Make(typeof(T));

    public abstract void Write(ChunkWriter to, T value);
    public abstract T Read(ChunkReader from);
}

/// <summary>How a type stands in a checkpoint.</summary>
abstract class Form
{
    /// <summary>The type, and all of it that the bytes depend on.</summary>
    public abstract string Shape { get; }

    protected static Form Make(Type type)
    {
        if (type == typeof(long)) return new LongForm();
        if (type == typeof(int)) return new IntForm();
        if (type == typeof(bool)) return new BoolForm();
        if (type == typeof(string)) return new StringForm();
        if (type == typeof(Stamp)) return new StampForm();
        if (type == typeof(DateTimeOffset)) return new TimeForm();
        if (type.IsEnum) return Made(typeof(EnumForm<>), type);
        if (Nullable.GetUnderlyingType(type) is { } value) return Made(typeof(NullableForm<>), value);
        if (type.BaseType is { IsGenericType: true } text && text.GetGenericTypeDefinition() == typeof(Text<>)) return Made(typeof(TextForm<>), type);
        if (type == typeof(Catalogue)) return new CatalogueForm();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return Made(typeof(ArrayForm<>), type.GetGenericArguments());
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Table<,>)) return Made(typeof(TableForm<,>), type.GetGenericArguments());
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Register<,,>)) return Made(typeof(RegisterForm<,,>), type.GetGenericArguments());
        if (type is { IsClass: true, IsSealed: true, IsGenericType: false } && type.Namespace == typeof(Directory).Namespace) return Made(typeof(RecordForm<>), type);
        throw new NotSupportedException($"A checkpoint can't keep a {type}.");
    }

    static Form Made(Type form, params Type[] of) => (Form)Activator.CreateInstance(form.MakeGenericType(of))!;
}

sealed class LongForm : Form<long>
{
    public override string Shape => "long";
    public override void Write(ChunkWriter to, long value) => to.Long(value);
    public override long Read(ChunkReader from) => from.Long();
}

sealed class IntForm : Form<int>
{
    public override string Shape => "int";
    public override void Write(ChunkWriter to, int value) => to.Long(value);
    public override int Read(ChunkReader from) => checked((int)from.Long());
}

sealed class BoolForm : Form<bool>
{
    public override string Shape => "bool";
    public override void Write(ChunkWriter to, bool value) => to.Long(value ? 1 : 0);
    public override bool Read(ChunkReader from) => from.Long() is not 0;
}

sealed class StringForm : Form<string?>
{
    public override string Shape => "string";

    public override void Write(ChunkWriter to, string? value)
    {
        to.Long(value is null ? 0 : 1);
        if (value is not null) to.Text(value);
    }

    public override string? Read(ChunkReader from) => from.Long() is 0 ? null : from.Text();
}

/// <summary>A revision and a time, as their distance from those before: neighbours have similar ones.</summary>
sealed class StampForm : Form<Stamp>
{
    public override string Shape => "stamp";

    public override void Write(ChunkWriter to, Stamp value)
    {
        to.Long(value.Revision - to.Revision);
        to.Revision = value.Revision;
        to.Time(value.At);
    }

    public override Stamp Read(ChunkReader from) => new(from.Revision += from.Long(), from.Time());
}

sealed class TimeForm : Form<DateTimeOffset>
{
    public override string Shape => "time";
    public override void Write(ChunkWriter to, DateTimeOffset value) => to.Time(value);
    public override DateTimeOffset Read(ChunkReader from) => from.Time();
}

sealed class EnumForm<T> : Form<T> where T : struct, Enum
{
    public override string Shape => $"{typeof(T).Name}({string.Join(",", Enum.GetValues<T>().Select(value => string.Create(CultureInfo.InvariantCulture, $"{value:D}={value}")))})";
    public override void Write(ChunkWriter to, T value) => to.Long(Convert.ToInt64(value, CultureInfo.InvariantCulture));
    public override T Read(ChunkReader from) => (T)Enum.ToObject(typeof(T), from.Long());
}

sealed class NullableForm<T> : Form<T?> where T : struct
{
    public override string Shape => $"{Form<T>.Own.Shape}?";

    public override void Write(ChunkWriter to, T? value)
    {
        to.Long(value is null ? 0 : 1);
        if (value is { } there) Form<T>.Own.Write(to, there);
    }

    public override T? Read(ChunkReader from) => from.Long() is 0 ? null : Form<T>.Own.Read(from);
}

/// <summary>A text, or the number of an equal one before it: each is one object again when it is read, as an id that many things hold.</summary>
sealed class TextForm<T> : Form<T?> where T : Text<T>, IText<T>
{
    const int None = 0, New = 1, First = 2;

    public override string Shape => typeof(T).Name;

    public override void Write(ChunkWriter to, T? value)
    {
        if (value is null) { to.Long(None); return; }
        var written = to.Known<T>();
        if (written.TryGetValue(value.Value, out var number)) { to.Long(First + number); return; }
        written.Add(value.Value, written.Count);
        to.Long(New);
        to.Text(value.Value);
    }

    public override T? Read(ChunkReader from)
    {
        var read = from.Known<T>();
        var number = from.Long();
        if (number is None) return null;
        if (number >= First) return read[checked((int)(number - First))];
        T text = from.Text();
        read.Add(text);
        return text;
    }
}

/// <summary>A catalogue is kept once for all, under its digest.</summary>
sealed class CatalogueForm : Form<Catalogue>
{
    public override string Shape => "catalogue";
    public override void Write(ChunkWriter to, Catalogue value) => to.Text(value.Digest.Value);
    public override Catalogue Read(ChunkReader from) => from.Text() is var digest && Catalogue.Find(digest) is { } catalogue ? catalogue : throw new FormatException($"The catalogue {digest} is not at hand.");
}

sealed class ArrayForm<T> : Form<ImmutableArray<T>>
{
    public override string Shape => $"[{Form<T>.Own.Shape}]";

    public override void Write(ChunkWriter to, ImmutableArray<T> value)
    {
        to.Long(value.Length);
        foreach (var one in value) Form<T>.Own.Write(to, one);
    }

    public override ImmutableArray<T> Read(ChunkReader from)
    {
        var values = ImmutableArray.CreateBuilder<T>();
        for (var left = from.Long(); left > 0; left--) values.Add(Form<T>.Own.Read(from));
        return values.ToImmutable();
    }
}

sealed class TableForm<TKey, TValue> : Form<Table<TKey, TValue>> where TKey : notnull
{
    public override string Shape => $"{{{Form<TKey>.Own.Shape}: {Form<TValue>.Own.Shape}}}";

    public override void Write(ChunkWriter to, Table<TKey, TValue> value)
    {
        to.Long(value.Count);
        foreach (var (key, one) in value)
        {
            Form<TKey>.Own.Write(to, key);
            Form<TValue>.Own.Write(to, one);
            to.MayEnd();
        }
    }

    public override Table<TKey, TValue> Read(ChunkReader from) => from.Long() is > 0 and var count ? Table<TKey, TValue>.Of(Entries(from, count)) : Table<TKey, TValue>.Empty;

    static IEnumerable<KeyValuePair<TKey, TValue>> Entries(ChunkReader from, long count)
    {
        for (; count > 0; count--)
        {
            yield return KeyValuePair.Create(Form<TKey>.Own.Read(from), Form<TValue>.Own.Read(from));
            from.MayEnd();
        }
    }
}

sealed class RegisterForm<TId, TName, T> : Form<Register<TId, TName, T>>
    where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName>
{
    public override string Shape => $"[{Form<T>.Own.Shape}]";

    public override void Write(ChunkWriter to, Register<TId, TName, T> value)
    {
        to.Long(value.Count);
        foreach (var thing in value.After(null))
        {
            Form<T>.Own.Write(to, thing);
            to.MayEnd();
        }
    }

    public override Register<TId, TName, T> Read(ChunkReader from) => Register<TId, TName, T>.Of(Things(from, from.Long()));

    static IEnumerable<T> Things(ChunkReader from, long count)
    {
        for (; count > 0; count--)
        {
            yield return Form<T>.Own.Read(from);
            from.MayEnd();
        }
    }
}

/// <summary>A record: the parameters of its constructor in their order, then whatever else can be set, in the order of the names.</summary>
sealed class RecordForm<T> : Form<T?> where T : class
{
    readonly Action<ChunkWriter, T> _write;
    readonly Func<ChunkReader, T> _read;

    public RecordForm()
    {
        var type = typeof(T);
        var constructor = type.GetConstructors().Where(one => one.GetParameters() is not [var only] || only.ParameterType != type).MaxBy(one => one.GetParameters().Length)
            ?? throw new NotSupportedException($"A checkpoint can't make a {type.Name}.");
        var settable = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length is 0).ToDictionary(property => property.Name, StringComparer.Ordinal);
        PropertyInfo[] given = [.. constructor.GetParameters().Select(parameter => settable.TryGetValue(parameter.Name!, out var property) ? property : throw new NotSupportedException($"A checkpoint can't read {type.Name}.{parameter.Name}."))];
        PropertyInfo[] set = [.. settable.Values.Except(given).OrderBy(property => property.Name, StringComparer.Ordinal)];
        PropertyInfo[] all = [.. given, .. set];

        // What is held beside these has to be of a type that nobody outside sees, as a cache is: a fact is not.
        var kept = all.Select(property => $"<{property.Name}>k__BackingField").ToHashSet(StringComparer.Ordinal);
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            if (!kept.Contains(field.Name) && field.FieldType.IsVisible) throw new NotSupportedException($"A checkpoint would lose {type.Name}.{field.Name}.");

        Shape = $"{type.Name}({string.Join(", ", all.Select(property => $"{property.Name} {FormOf(property).Shape}"))})";

        var (to, from, value) = (Expression.Parameter(typeof(ChunkWriter)), Expression.Parameter(typeof(ChunkReader)), Expression.Parameter(type));
        _write = Expression.Lambda<Action<ChunkWriter, T>>(Expression.Block(all.Select(property =>
            Expression.Call(Expression.Constant(FormOf(property)), "Write", null, to, Expression.Property(value, property)))), to, value).Compile();
        _read = Expression.Lambda<Func<ChunkReader, T>>(Expression.MemberInit(Expression.New(constructor, given.Select(Read)), set.Select(property => Expression.Bind(property, Read(property)))), from).Compile();

        Expression Read(PropertyInfo property) => Expression.Call(Expression.Constant(FormOf(property)), "Read", null, from);
    }

    public override string Shape { get; }

    static Form FormOf(PropertyInfo property) => (Form)typeof(Form<>).MakeGenericType(property.PropertyType).GetProperty(nameof(Own))!.GetValue(null)!;

    public override void Write(ChunkWriter to, T? value)
    {
        to.Long(value is null ? 0 : 1);
        if (value is not null) _write(to, value);
    }

    public override T? Read(ChunkReader from) => from.Long() is 0 ? null : _read(from);
}
